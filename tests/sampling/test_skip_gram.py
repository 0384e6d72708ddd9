"""Windows and pairs of walks."""

from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import pairs, weighted_table, windows
from tests.sampling.small import assert_frequency, assert_law

WEIGHT = np.array([4.0, 0.0, 1.0, 3.0])
TABLE = weighted_table(WEIGHT)
WALK = jnp.array([[0, 3, 2, 0, 1, 3], [2, 0, 3, -1, -1, -1], [1, -1, -1, -1, -1, -1]])
WIDTH = 3
DRAW, DRAW_PAIRS = (jax.jit(draw, static_argnums=(2, 4)) for draw in (windows, pairs))


def test_a_place_is_near_by_how_many_windows_reach_it(key):
    n, length = 20_000, 6
    walk = jnp.zeros((n, length), jnp.int32)
    batch = jax.jit(partial(windows, width=WIDTH, n_shared=1))(key, walk, table=TABLE)
    near = np.asarray(batch.query.near)
    for i in range(length):
        for j in range(length):
            apart = abs(i - j)
            chance = max(0, WIDTH + 1 - apart) / WIDTH if apart else 0.0
            assert_frequency(near[:, i, j].sum(), n, chance)
    window = near.sum(2)
    reached = np.array([[min(w, i) + min(w, 5 - i) for w in (1, 2, 3)] for i in range(length)])
    assert all(set(window[:, i]) <= set(reached[i]) for i in range(length))  # Both sides at once.


def test_padding_is_near_nothing(key):
    near = np.asarray(DRAW(key, WALK, WIDTH, TABLE, 1).query.near)
    valid = np.asarray(WALK) >= 0
    assert not near[~valid].any() and not near.transpose(0, 2, 1)[~valid].any()
    assert near[0, 0, 1] and near[1, 2, 1] and not near[2].any()


def test_negatives_follow_the_table(key):
    batch = DRAW(key, WALK, WIDTH, TABLE, 5_000)
    assert batch.item.shape == batch.mask.shape == (3, 5_000)
    assert batch.mask.all() and not batch.label.any()
    assert_law(batch.item, WEIGHT / WEIGHT.sum())


def test_pairs_are_the_windows_as_lists(key):
    batch = jax.tree.map(np.asarray, DRAW_PAIRS(key, WALK, WIDTH, TABLE, 4))
    near = np.asarray(DRAW(key, WALK, WIDTH, TABLE, 1).query.near)  # The same key and windows.
    walk = np.asarray(WALK)
    expected = Counter((walk[b, i], walk[b, j]) for b, i, j in np.argwhere(near))
    chosen = batch.mask[:, 0]
    assert Counter(zip(batch.query[chosen], batch.item[chosen, 0], strict=True)) == expected
    assert (batch.mask == chosen[:, None]).all()
    assert (batch.label == [1, 0, 0, 0, 0]).all()
    assert batch.item.min() >= 0 and batch.query.min() >= 0
    assert not np.any(batch.item[:, 1:] == 1)  # Of weight 0.


def test_a_window_of_no_places_is_refused(key):
    for draw in (windows, pairs):
        with pytest.raises(InputError, match="width of the window is 0; give 1 or more"):
            draw(key, WALK, 0, TABLE, 1)


def test_windows_of_two_places_of_a_walk_are_independent(key):
    n = 20_000
    walk = jnp.zeros((n, 9), jnp.int32)
    batch = jax.jit(partial(windows, width=WIDTH, n_shared=1))(key, walk, table=TABLE)
    near = np.asarray(batch.query.near)
    size = near[:, [3, 5]].sum(2) // 2  # Places 3 to 5 are 3 or more from either end.
    for first in (1, 2, 3):
        for second in (1, 2, 3):
            count = np.sum((size[:, 0] == first) & (size[:, 1] == second))
            assert_frequency(count, n, 1 / WIDTH**2)
