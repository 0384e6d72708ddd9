"""Who interacted with what: the arrays that every other module starts from."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Int, Int32, Int64

from jaxrec.base import InputError


@dataclass(frozen=True, eq=False)
class Interactions:
    """One entry per interaction, users and items as contiguous rows.

    Attributes:
      user: rows in ``[0, n_users)``.
      item: rows in ``[0, n_items)``.
      rating: the strength that the caller's data gives, if any.
      time: unix seconds, if known.

    Raises:
      InputError: a row outside its range, or arrays of different lengths.
    """

    user: Int32[np.ndarray, "n"]
    item: Int32[np.ndarray, "n"]
    n_users: int
    n_items: int
    rating: Float32[np.ndarray, "n"] | None = None
    time: Int64[np.ndarray, "n"] | None = None

    def __post_init__(self):
        for name in ("item", "rating", "time"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.user):
                raise InputError(
                    f"{name} has {len(column)} entries but user has {len(self.user)}; "
                    "give one entry per interaction"
                )
        check_range("user", self.user, self.n_users, "n_users")
        check_range("item", self.item, self.n_items, "n_items")

    def __len__(self) -> int:
        return len(self.user)

    @property
    def sizes(self) -> tuple[int, int]:
        """Users and items."""
        return self.n_users, self.n_items

    def followed_by(self, other: "Interactions") -> "Interactions":
        """These interactions, then those of ``other``, as ``concatenate`` has them."""
        return concatenate(self, other)

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "Interactions":
        """The interactions at these positions or under this mask; same users, same items."""
        return replace(
            self,
            user=self.user[which],
            item=self.item[which],
            rating=None if self.rating is None else self.rating[which],
            time=None if self.time is None else self.time[which],
        )

    def renumbered(
        self, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]
    ) -> "Interactions":
        """The interactions of these users and items, in these orders; others leave.

        Row ``r`` was ``users[r]`` or ``items[r]``.

        Raises:
          InputError: a row that is not there, or that is named twice.
        """
        user = new_rows(users, self.n_users, "user")[self.user]
        item = new_rows(items, self.n_items, "item")[self.item]
        kept = (user >= 0) & (item >= 0)
        return replace(
            self.take(kept),
            user=user[kept],
            item=item[kept],
            n_users=len(users),
            n_items=len(items),
        )

    def pairs(self) -> Int64[np.ndarray, "n"]:
        """One number per interaction, equal exactly when user and item are equal."""
        return self.user.astype(np.int64) * self.n_items + self.item

    def by_time(self) -> Int[np.ndarray, "n"]:
        """The order by user, then by time, or by position where there are no times."""
        if self.time is None:
            return np.argsort(self.user, kind="stable")
        return np.lexsort((self.time, self.user))

    def unique_pairs(self) -> "Interactions":
        """Keeps the first interaction of every pair: by time, else by position. O(n log n).

        >>> user, item = np.array([0, 1, 0], np.int32), np.array([2, 0, 2], np.int32)
        >>> seen = Interactions(user, item, 2, 3, time=np.array([9, 5, 7]))
        >>> seen.unique_pairs().time
        array([5, 7])
        """
        pairs = self.pairs()
        if self.time is None:
            first = np.unique(pairs, return_index=True)[1]
        else:
            order = np.lexsort((self.time, pairs))  # Stable: equal times keep their order.
            first = order[np.diff(pairs[order], prepend=-1) != 0]
        return self.take(np.sort(first))


def concatenate(*parts: Interactions) -> Interactions:
    """The interactions of all parts in turn, over the users and items of the first.

    Ratings and times are kept where every part that holds anything has them.

    >>> one = Interactions(np.array([0], np.int32), np.array([1], np.int32), 2, 2)
    >>> concatenate(one, one).item
    array([1, 1], dtype=int32)
    """
    filled = [part for part in parts if len(part)] or [parts[0]]
    columns = {}
    for name in ("user", "item", "rating", "time"):
        own = [getattr(part, name) for part in filled]
        columns[name] = None if any(column is None for column in own) else np.concatenate(own)
    return replace(parts[0], **columns)


def check_range(name: str, rows: Int[np.ndarray, "n"], limit: int, what: str) -> None:
    """Refuses rows outside of ``[0, limit)``, a limit that ``what`` names.

    Raises:
      InputError: names the row.
    """
    if len(rows) and not 0 <= rows.min() <= rows.max() < limit:
        wrong = rows.min() if rows.min() < 0 else rows.max()
        raise InputError(
            f"{name} row {wrong} lies outside [0, {limit}) set by {what}={limit}; "
            "number rows with data.contiguous"
        )


def new_rows(order: Int[np.ndarray, "m"], n: int, what: str) -> Int32[np.ndarray, "n"]:
    """Where each of ``n`` old rows stands in a new order of some of them, -1 for the others.

    >>> new_rows(np.array([2, 0]), 3, "user").tolist()
    [1, -1, 0]

    Raises:
      InputError: a row that is not there, or that stands twice.
    """
    check_range(what, order, n, f"n_{what}s")
    new = np.full(n, -1, np.int32)
    new[order] = np.arange(len(order), dtype=np.int32)
    again = np.flatnonzero(new[order] != np.arange(len(order)))
    if len(again):
        raise InputError(f"{what} row {order[again[0]]} stands twice in the order; name it once")
    return new
