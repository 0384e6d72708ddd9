"""Clients of ratings: what each knows, by rows of small tables of its own."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, InputError
from jaxrec.data import Interactions, Relation
from jaxrec.graph import ratings

Rows = dict[str, Int[Array, "K R"] | Int[np.ndarray, "K R"]]
Owned = dict[str, Bool[Array, "K R"] | Bool[np.ndarray, "K R"]]


class Clients(NamedTuple):
    """Clients of one shape, stacked: every array has a first axis of K clients.

    A client's tables are ``params[name][rows[name]]``, and its graph and batch count in their rows.
    The user is row 0 of ``user``, friends follow, and the last row is padding, which edges that are
    padding end in. Rated items come first in ``item``, and pseudo-items last.

    Attributes:
      user: who each client is.
      rows: of each table that is cut, the row of the server's table.
      owned: which rows are no padding, and so are sent back.
      graph: what ``model.encode`` reads of a client.
      batch: one query, the user, and as candidates the rated items and pseudo-items.
    """

    user: Int[Array, "K"] | Int[np.ndarray, "K"]
    rows: Rows
    owned: Owned
    graph: Any
    batch: Batch


class Sizes(NamedTuple):
    """Of the clients of a bucket, what a builder of their graphs needs to know.

    Attributes:
      items, friends: how many each client has; ``max_items`` and ``max_friends`` hold any.
      n_pseudo: rows of ``item`` after the rated ones.
    """

    items: Int[np.ndarray, "K"]
    friends: Int[np.ndarray, "K"]
    max_items: int
    max_friends: int
    n_pseudo: int


GraphsOf = Callable[[Interactions, Sizes], Any]
"""``(train, sizes) -> graph``, stacked, of the clients of a bucket."""


def rating_clients(
    train: Interactions,
    graphs_of: GraphsOf,
    social: Relation | None = None,
    n_pseudo: int = 0,
    factor: int = 8,
) -> tuple[Clients, ...]:
    """A client for every user with a rating, in buckets of equal shape, on the host.

    A bucket holds clients whose items and friends together are within a ``factor`` of each other.

    Args:
      graphs_of: makes what the model reads of the clients of a bucket.
      social: links between users, which count in both directions; None for none.
      n_pseudo: places for items that ``participants`` draws anew in every round.

    Raises:
      InputError: interactions without ratings, or arguments out of range.
    """
    if n_pseudo < 0 or factor < 2:
        raise InputError(
            f"n_pseudo is {n_pseudo} and factor {factor}; give 0 or more, and 2 or more"
        )
    given = ratings(train)
    items = _lists(np.asarray(given.user), train.n_users)
    if social is None:
        friends, friend = [np.zeros(0, np.int64)] * train.n_users, np.zeros(0, np.int32)
    else:
        both = social.both_directions()
        friends, friend = _lists(both.receivers, train.n_users), both.senders
    users = np.flatnonzero([len(own) for own in items])
    size = np.array([len(items[u]) + len(friends[u]) for u in users])
    level = np.floor(np.log(size) / np.log(factor) + 1e-9).astype(int)
    return tuple(
        _bucket(train, users[level == one], items, friends, friend, graphs_of, n_pseudo)
        for one in np.unique(level)
    )


def _lists(row: Int[np.ndarray, "n"], n_rows: int) -> list[Int[np.ndarray, "_"]]:
    """Of every row the positions where it stands, ascending."""
    order = np.argsort(row, kind="stable")
    return np.split(order, np.cumsum(np.bincount(row, minlength=n_rows))[:-1])


def _bucket(train, users, items, friends, friend, graphs_of, n_pseudo) -> Clients:
    n_items = np.array([len(items[u]) for u in users])
    n_friends = np.array([len(friends[u]) for u in users])
    sizes = Sizes(n_items, n_friends, int(n_items.max()), int(n_friends.max()), n_pseudo)
    width = sizes.max_items + n_pseudo
    item_rows = np.zeros((len(users), width), np.int32)
    label = np.zeros((len(users), 1, width), np.float32)
    user_rows = np.zeros((len(users), sizes.max_friends + 2), np.int32)
    for place, u in enumerate(users):
        item_rows[place, : len(items[u])] = train.item[items[u]]
        label[place, 0, : len(items[u])] = train.rating[items[u]]
        user_rows[place, 0] = u
        user_rows[place, 1 : 1 + len(friends[u])] = friend[friends[u]]
    has_item = np.arange(width) < n_items[:, None]
    arrays: list[Any] = [  # Typed as device arrays; host arrays serve as well.
        np.zeros((len(users), 1), np.int32),
        np.broadcast_to(np.arange(width, dtype=np.int32), label.shape).copy(),
        label,
        has_item[:, None].copy(),
    ]
    return Clients(
        users.astype(np.int32),
        {"user": user_rows, "item": item_rows},
        {"user": np.arange(user_rows.shape[1]) <= n_friends[:, None], "item": has_item},
        graphs_of(train, sizes),
        Batch(*arrays),
    )
