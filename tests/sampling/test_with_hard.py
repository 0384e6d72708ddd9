"""Candidates that a batch shares, and hard ones of each query."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.sampling import banded_negatives, by_interaction, shared_with_hard
from tests.sampling.small import DEVICE_LIKES, HAS, N_ITEMS, assert_law

RANKED = np.array([[1, 2, 0], [0, 2, 3], [0, 2, 1], [3, 3, 3], [5, 3, 4], [1, 1, 1]], np.int32)
SIZE, N_EASY, MOST = 5, 40, 3


@partial(jax.jit, static_argnames=["most", "size", "n_easy"])
def draw(key, epoch, most=MOST, size=SIZE, n_easy=N_EASY):
    sample = shared_with_hard(by_interaction, banded_negatives(RANKED), most, epoch)
    return sample(key, DEVICE_LIKES, N_ITEMS, size, n_easy)


@pytest.mark.parametrize("epoch", [1, 2, 3, 9])
def test_each_query_sees_its_target_shared_items_and_its_own_hard_ones(key, epoch):
    batch = draw(key, epoch)
    own, easy, hard = np.split(np.asarray(batch.mask), [SIZE, SIZE + N_EASY], axis=1)
    np.testing.assert_array_equal(own, np.eye(SIZE, dtype=bool))
    item = np.asarray(batch.item)
    for b, query in enumerate(np.asarray(batch.query).tolist()):
        assert item[b] in HAS[query]
        strange = [i not in HAS[query] and i != query for i in item[SIZE : SIZE + N_EASY]]
        assert easy[b].tolist() == strange
        tough = item[SIZE + N_EASY :].reshape(SIZE, MOST)
        for other in range(SIZE):
            block = hard[b, MOST * other : MOST * (other + 1)]
            if other != b:
                assert not block.any()
                continue
            # Where the band gave none, the item is 0.
            strange = [i in RANKED[query] and i not in HAS[query] | {query} for i in tough[b]]
            assert block.tolist() == [n < epoch - 1 and ok for n, ok in enumerate(strange)]
    assert batch.label.tolist() == np.eye(*batch.mask.shape).tolist()


def test_shared_items_are_uniform(key):
    batch = draw(key, 1, size=2, n_easy=20_000)
    assert_law(np.asarray(batch.item)[2:20_002], np.full(N_ITEMS, 1 / N_ITEMS))


def test_there_may_be_no_hard_ones(key):
    batch = draw(key, 9, most=0)
    assert batch.item.shape == (SIZE + N_EASY,)
    assert batch.mask.shape == (SIZE, SIZE + N_EASY)


def test_the_epoch_is_an_argument_of_the_program(key):
    count = [np.sum(draw(key, np.int32(epoch)).mask) for epoch in (1, 2, 3, 4, 5)]
    assert count == sorted(count) and count[0] < count[3] == count[4]


def test_no_query_is_its_own_hard_negative_though_its_band_holds_it(key):
    """Item 0 is asked about often and does not answer itself; its band is item 0 and another."""
    has = [{1, 2}, {0}, {1}]
    user, item = np.array([(u, i) for u, own in enumerate(has) for i in own], np.int32).T
    likes = jax.tree.map(jnp.asarray, user_items(Interactions(user, item, 3, 4)))
    ranked = np.array([[0, 3], [1, 3], [2, 3]], np.int32)
    sample = shared_with_hard(by_interaction, banded_negatives(ranked), MOST, 9)
    size, n_easy = 64, 5
    batch = jax.jit(lambda key: sample(key, likes, 4, size, n_easy))(key)
    query, item = np.asarray(batch.query), np.asarray(batch.item)
    tough = item[size + n_easy :].reshape(size, MOST)
    for b in range(size):
        first = size + n_easy + MOST * b
        seen = np.asarray(batch.mask)[b, first : first + MOST]
        assert seen.tolist() == (tough[b] == 3).tolist()
    assert np.sum(tough == query[:, None]) > size  # Drawn, and masked.


def test_hard_ones_do_not_repeat_the_key_of_shared_ones(key):
    keys = []

    def hard(key, likes, query, n_items, most):
        keys.append(key)
        return jnp.zeros((len(query), most), jnp.int32), jnp.ones((len(query), most), bool)

    @jax.jit
    def both(key):
        sample = shared_with_hard(by_interaction, hard, MOST, 9)
        easy = sample(key, DEVICE_LIKES, N_ITEMS, SIZE, N_EASY).item[SIZE : SIZE + N_EASY]
        return easy, jax.random.randint(keys[0], (N_EASY,), 0, N_ITEMS, easy.dtype)

    assert np.equal(*both(key)).mean() < 0.5
