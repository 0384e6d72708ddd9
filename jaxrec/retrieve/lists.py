"""Top-k by scoring everything, in blocks on the device, or what an index proposes."""

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import Embeddings, InputError, Model, Towers, has_towers
from jaxrec.graph import Csr
from jaxrec.ops import cosine
from jaxrec.rank import OnProgress, TopLists, put_rows, top_lists
from jaxrec.retrieve.ann import Ann
from jaxrec.retrieve.approximate import approximate

by_cosine = cosine()
"""One function, so that it is compiled once."""


def recommend(
    model: Model,
    reps,
    users: Int[np.ndarray, "Q"],
    n_items: int,
    k: int,
    *,
    seen: Csr | None = None,
    tie_break: Float[np.ndarray, "I"] | None = None,
    index: Ann | None = None,
    on_progress: OnProgress | None = None,
) -> TopLists:
    """The ``k`` best items of each user, best first, without those in ``seen``.

    Args:
      tie_break: of items of equal score the one with the larger number comes first, such as the
        more popular one; with an index only for users whose vector is 0.
      index: where to look for them; None scores all.
      on_progress: called with the numbers of users done and of all, while all items are scored.

    Raises:
      InputError: a user or ``n_items`` outside the two tables of ``reps``, which JAX would clamp
        silently (representations without them are taken at their word); an index of other items,
        or of a model without vectors.
    """
    if has_towers(reps):
        _check_rows("user", users, "reps.query", reps.query.shape[0])
        n_known = reps.item.shape[0]
        if n_items > n_known:
            raise InputError(f"n_items is {n_items} but reps.item has {n_known} rows; give those")
    if index is None:
        how = {"seen": seen, "tie_break": tie_break, "on_progress": on_progress}
        return top_lists(model.score, reps, users, n_items, k, **how)
    if not has_towers(reps):
        raise InputError("this model has no vectors to look up in an index; go without one")
    lists = approximate(index, model.score, reps, users, k, seen=seen)
    alike = ~np.any(np.asarray(reps.query)[users], axis=1)  # The index proposes any items to them.
    if alike.any():
        rows = users[alike]
        exact = top_lists(model.score, reps, rows, n_items, k, seen=seen, tie_break=tie_break)
        put_rows(lists, alike, exact)
    return lists._replace(alike=alike)


def similar(
    reps: Towers, items: Int[np.ndarray, "Q"], k: int, *, index: Ann | None = None
) -> TopLists:
    """The ``k`` items of highest cosine to each item, itself left out; zero rows have cosine 0.

    Args:
      index: where to look for them, built over rows of length one; None scores all.

    Raises:
      InputError: an item outside the table, ``k`` exceeds the catalogue, or an index of other
        items.
    """
    n_items = reps.item.shape[0]
    _check_rows("item", items, "reps.item", n_items)
    rows = np.arange(n_items + 1, dtype=np.int32)
    itself, twice = Csr(rows, rows[:-1], rows[:-1]), Embeddings(reps.item, reps.item)
    if index is None:
        return top_lists(by_cosine, twice, items, n_items, k, seen=itself)
    return approximate(index, by_cosine, twice, items, k, seen=itself)


def _check_rows(what: str, rows: Int[np.ndarray, "Q"], table: str, n: int) -> None:
    if len(rows) and not 0 <= np.min(rows) <= np.max(rows) < n:
        raise InputError(
            f"{what} rows reach from {np.min(rows)} to {np.max(rows)}; "
            f"give rows of the {n} in {table}"
        )
