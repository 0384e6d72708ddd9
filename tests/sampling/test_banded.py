"""Negatives from a band of ranks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import band, banded_negatives, by_user, list_sampler
from tests.sampling.small import DEVICE_LIKES, FULL, HAS, LIKES, N_DRAWS, N_ITEMS, assert_frequency

RANKED = np.array([[5, 3, 1, 2, -1], [0, 1, 2, 3, 4], [4, 4, 5, 0, 1], [0, 1, 2, 3, 4]], np.int32)
RANKED = np.concatenate([RANKED, [[0, 3, 5, 1, -1], [2, -1, -1, -1, -1]]]).astype(np.int32)


def test_a_band_is_those_ranks():
    np.testing.assert_array_equal(band(RANKED, 1, 4), RANKED[:, 1:4])
    np.testing.assert_array_equal(band(jnp.asarray(RANKED), 0, 5), RANKED)


@pytest.mark.parametrize(("low", "high"), [(2, 2), (3, 1), (-1, 2), (0, 6)])
def test_a_band_that_is_empty_or_beyond_the_lists_is_refused(low, high):
    with pytest.raises(InputError, match="give 0 <= low < high <= 5"):
        band(RANKED, low, high)


@pytest.mark.parametrize("user", range(len(HAS)))
def test_draws_are_uniform_over_the_row_and_masked_where_the_user_has_them(key, user):
    users = jnp.array([user])
    law = jax.jit(lambda key, ranked: banded_negatives(ranked)(key, LIKES, users, N_ITEMS, N_DRAWS))
    item, valid = map(np.asarray, law(key, jnp.asarray(RANKED)))
    row = RANKED[user].tolist()
    for i in set(row) - HAS[user] - {-1}:
        assert_frequency(np.sum(item[valid] == i), N_DRAWS, row.count(i) / len(row))
    masked = sum(i in HAS[user] or i < 0 for i in row)
    assert_frequency(np.sum(~valid), N_DRAWS, masked / len(row))
    assert not set(item[valid].tolist()) & HAS[user]
    assert (item >= 0).all()


def test_lists_take_them_after_the_positive(key):
    sample = list_sampler(by_user, banded_negatives(band(RANKED, 0, 3)))
    compiled = jax.jit(lambda key: sample(key, DEVICE_LIKES, N_ITEMS, 200, 4))
    batch = jax.tree.map(np.asarray, compiled(key))
    assert batch.item.shape == (200, 5)
    assert not batch.mask[batch.query == FULL, 1:].any()
    for user, items, mask in zip(batch.query, batch.item, batch.mask, strict=True):
        assert items[0] in HAS[user] and mask[0]
        found = set(items[1:][mask[1:]].tolist())
        assert found <= set(RANKED[user, :3].tolist()) - HAS[user]
