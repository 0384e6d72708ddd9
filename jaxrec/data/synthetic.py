"""Made-up interactions with known answers or a known shape."""

import numpy as np
from jaxtyping import Float64, Int64

from jaxrec.base import InputError
from jaxrec.data.interactions import Interactions
from jaxrec.data.split import Split


def checkerboard(n: int = 16) -> Split:
    """Even users like even items, odd users odd items, and the diagonal is withheld for test.

    The only right first answer for user ``u`` is item ``u``.

    >>> board = checkerboard(4)
    >>> np.stack([board.train.user, board.train.item]).tolist()
    [[0, 1, 2, 3], [2, 3, 0, 1]]
    """
    user, item = np.divmod(np.arange(n * n, dtype=np.int32), np.int32(n))
    everything = Interactions(user, item, n, n)
    return Split(
        train=everything.take(((user - item) % 2 == 0) & (user != item)),
        valid=everything.take(np.zeros(n * n, bool)),
        test=everything.take(user == item),
        method="checkerboard",
    )


def block_model(
    n_users: int, n_items: int, n_blocks: int, p_in: float, p_out: float, seed: int = 0
) -> Interactions:
    """Users and items in ``n_blocks`` groups (row modulo); pairs meet with one of two chances.

    Draws all ``n_users * n_items`` pairs, so it is for thousands of each, not millions.

    Args:
      p_in: the chance of a pair of the same group.
      p_out: the chance of any other pair.
    """
    rng = np.random.default_rng(seed)
    same = np.arange(n_users)[:, None] % n_blocks == np.arange(n_items) % n_blocks
    met = rng.random((n_users, n_items)) < np.where(same, p_in, p_out)
    user, item = np.nonzero(met)
    return Interactions(user.astype(np.int32), item.astype(np.int32), n_users, n_items)


def power_law(
    n_users: int, n_items: int, n_edges: int, exponent: float = 0.8, seed: int = 0
) -> Interactions:
    """Distinct pairs, in order of user and item, with few popular rows and many rare ones.

    Rows in random order get weights ``rank ** -exponent`` (users, who differ less: half the
    exponent); both ends of an edge are drawn by weight. Repeated pairs are drawn again, which
    flattens the very top. Returns ``n_edges`` pairs, or up to 1 % fewer where the popular rows are
    full. O(n log n); ten million in a few seconds.

    Raises:
      InputError: more edges than these rows can take.
    """
    rng = np.random.default_rng(seed)
    user_weight = rng.permutation(np.arange(1.0, n_users + 1) ** (-exponent / 2))
    item_weight = rng.permutation(np.arange(1.0, n_items + 1) ** -exponent)
    pairs = np.empty(0, np.int64)
    for _ in range(30):
        missing = n_edges - len(pairs)
        if missing <= n_edges // 10_000:
            break
        user = _draw(rng, user_weight, missing)
        item = _draw(rng, item_weight, missing)
        rng.shuffle(item)
        pairs = np.sort(np.concatenate([pairs, user * n_items + item]))
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    if len(pairs) < 0.99 * n_edges:
        raise InputError(
            f"n_edges={n_edges} of {n_users * n_items} pairs is too dense for exponent={exponent}; "
            "lower either"
        )
    user, item = np.divmod(pairs, n_items)
    return Interactions(user.astype(np.int32), item.astype(np.int32), n_users, n_items)


def _draw(
    rng: np.random.Generator, weight: Float64[np.ndarray, "n"], count: int
) -> Int64[np.ndarray, "m"]:
    """``count`` rows by weight, ascending: counts per row first, so O(n) without a search."""
    times = rng.multinomial(count, weight / weight.sum())
    return np.repeat(np.arange(len(weight)), times)
