"""Hard negatives by epoch."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import (
    banded_negatives,
    by_user,
    curriculum,
    hard_columns,
    list_sampler,
    n_hard,
    uniform_negatives,
)
from tests.sampling.small import DEVICE_LIKES, HAS, N_ITEMS

MOST = 3
RANKED = jnp.array([[5], [4], [3], [2], [0], [1]])
"""One hard item a user, which only the fourth has."""


def test_epoch_n_has_n_minus_one_up_to_the_most():
    assert [int(n_hard(epoch, 6)) for epoch in range(1, 10)] == [0, 1, 2, 3, 4, 5, 6, 6, 6]
    for epoch in range(1, 10):
        expected = [column < min(epoch - 1, 6) for column in range(6)]
        assert hard_columns(jnp.array(epoch), 6).tolist() == expected


def test_hard_columns_fill_from_epoch_to_epoch_in_one_program(key):
    def sample(key, arrays):
        likes, ranked, epoch = arrays
        law = curriculum(uniform_negatives, banded_negatives(ranked), MOST, epoch)
        return list_sampler(by_user, law)(key, likes, N_ITEMS, 100, 2 + MOST)

    compiled = jax.jit(chex.assert_max_traces(sample, n=1))
    easy = []
    for epoch in range(1, 7):
        arrays = (DEVICE_LIKES, RANKED, jnp.array(epoch))
        batch = jax.tree.map(np.asarray, compiled(key, arrays))
        assert batch.item.shape == (100, 1 + 2 + MOST)
        full = batch.query == 3
        counts = np.arange(MOST) < min(epoch - 1, MOST)
        np.testing.assert_array_equal(batch.mask[~full, 3:], np.tile(counts, (np.sum(~full), 1)))
        assert batch.mask[~full, :3].all() and not batch.mask[full, 1:].any()
        hard = np.asarray(RANKED)[batch.query[~full]]
        np.testing.assert_array_equal(batch.item[~full, 3:], np.repeat(hard, MOST, axis=1))
        for user, items in zip(batch.query[~full], batch.item[~full, 1:3], strict=True):
            assert not HAS[user] & set(items.tolist())
        easy.append(batch.item[:, :3])
    assert all((items == easy[0]).all() for items in easy)


def test_all_negatives_may_be_hard(key):
    law = curriculum(uniform_negatives, banded_negatives(RANKED), MOST, epoch=9)
    users = jnp.array([0, 1])
    item, valid = jax.jit(lambda key: law(key, DEVICE_LIKES, users, N_ITEMS, MOST))(key)
    assert item.tolist() == [[5] * 3, [4] * 3] and valid.all()


def test_too_few_columns_and_no_hard_ones_are_refused(key):
    law = curriculum(uniform_negatives, banded_negatives(RANKED), MOST, epoch=1)
    with pytest.raises(InputError, match="a list has 2 negatives, up to 3 of them hard"):
        law(key, DEVICE_LIKES, jnp.array([0]), N_ITEMS, 2)
    with pytest.raises(InputError, match="0 hard negatives"):
        curriculum(uniform_negatives, uniform_negatives, 0, 1)
