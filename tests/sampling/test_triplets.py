"""Samplers: whom and what they draw, and how often."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.sampling import (
    by_user,
    interaction_uniform,
    list_sampler,
    uniform_log_q,
    uniform_negatives,
    user_uniform,
)
from tests.sampling.small import ACTIVE, HAS, ITEM, LIKES, N_DRAWS, N_ITEMS, USER, assert_frequency

SAMPLERS = {"user_uniform": user_uniform, "interaction_uniform": interaction_uniform}
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)


@partial(jax.jit, static_argnames=["sampler", "batch_size", "n_negatives"])
def compiled(sampler, key, likes, batch_size, n_negatives):
    return sampler(key, likes, N_ITEMS, batch_size, n_negatives)


def draw(sampler, key, batch_size=N_DRAWS, n_negatives=1):
    return jax.tree.map(np.asarray, compiled(sampler, key, LIKES, batch_size, n_negatives))


@every_sampler
def test_positives_are_had_and_valid_negatives_are_not(sampler, key):
    batch = draw(sampler, key, batch_size=500, n_negatives=4)
    for user, items, mask in zip(batch.query, batch.item, batch.mask, strict=True):
        assert items[0] in HAS[user] and mask[0]
        assert not HAS[user] & set(items[1:][mask[1:]].tolist())


@every_sampler
def test_only_a_user_who_has_everything_has_masked_negatives(sampler, key):
    batch = draw(sampler, key, batch_size=500, n_negatives=4)
    full = batch.query == HAS.index(set(range(N_ITEMS)))
    assert 0 < full.sum() < 500
    np.testing.assert_array_equal(~batch.mask[:, 1:], np.repeat(full[:, None], 4, axis=1))
    assert (0 <= batch.item).all() and (batch.item < N_ITEMS).all()


@every_sampler
def test_label_is_one_for_the_positive_alone(sampler, key):
    batch = draw(sampler, key, batch_size=500, n_negatives=4)
    assert batch.label.tolist() == [[1.0, 0.0, 0.0, 0.0, 0.0]] * 500


def test_there_is_one_negative_where_no_number_is_given(key):
    for sampler in (*SAMPLERS.values(), list_sampler(by_user, uniform_negatives)):
        assert sampler(key, LIKES, N_ITEMS, 3).item.shape == (3, 2)


@every_sampler
def test_users_without_items_are_never_drawn(sampler, key):
    assert set(draw(sampler, key).query.tolist()) == set(ACTIVE)


def test_user_uniform_draws_users_equally_and_each_item_of_theirs_equally(key):
    batch = draw(user_uniform, key)
    for user in ACTIVE:
        assert_frequency(np.sum(batch.query == user), N_DRAWS, 1 / len(ACTIVE))
        for item in HAS[user]:
            count = np.sum((batch.query == user) & (batch.item[:, 0] == item))
            assert_frequency(count, N_DRAWS, 1 / len(ACTIVE) / len(HAS[user]))


def test_interaction_uniform_draws_interactions_equally(key):
    batch = draw(interaction_uniform, key)
    for user, item in zip(USER, ITEM, strict=True):
        count = np.sum((batch.query == user) & (batch.item[:, 0] == item))
        assert_frequency(count, N_DRAWS, 1 / len(USER))


@pytest.mark.parametrize("user", [user for user, items in enumerate(HAS) if len(items) < N_ITEMS])
def test_negatives_are_uniform_over_what_the_user_does_not_have(key, user):
    negative, valid = uniform_negatives(key, LIKES, jnp.array([user]), N_ITEMS, N_DRAWS)
    assert valid.all()
    absent = set(range(N_ITEMS)) - HAS[user]
    for item in range(N_ITEMS):
        probability = (item in absent) / len(absent)
        assert_frequency(np.sum(np.asarray(negative) == item), N_DRAWS, probability)


@every_sampler
def test_the_same_key_gives_the_same_batch_and_another_another(sampler, key):
    first, again, other = (draw(sampler, k) for k in (key, key, jax.random.key(1)))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert (first.query != other.query).any() and (first.item != other.item).any()


@every_sampler
def test_jit_gives_the_same_batch(sampler, key):
    expected = sampler(key, LIKES, N_ITEMS, 500, 4)
    batch = draw(sampler, key, batch_size=500, n_negatives=4)
    jax.tree.map(np.testing.assert_array_equal, batch, expected)


def test_users_come_from_the_first_of_three_keys_and_interactions_from_the_first_of_two(key):
    """Numbers on record were drawn so."""
    keys = jax.random.split(key, 3)
    user = LIKES.nonempty[jax.random.randint(keys[0], (500,), 0, len(ACTIVE))]
    at = jax.random.randint(keys[1], (500,), LIKES.indptr[user], LIKES.indptr[user + 1])
    batch = draw(user_uniform, key, 500, 4)
    np.testing.assert_array_equal(batch.query, user)
    np.testing.assert_array_equal(batch.item[:, 0], LIKES.indices[at])
    negative, _ = uniform_negatives(keys[2], LIKES, jnp.asarray(user), N_ITEMS, 4)
    np.testing.assert_array_equal(batch.item[:, 1:], negative)
    keys = jax.random.split(key)
    edge = jax.random.randint(keys[0], (500,), 0, len(USER))
    batch = draw(interaction_uniform, key, 500, 4)
    np.testing.assert_array_equal(batch.query, USER[edge])
    np.testing.assert_array_equal(batch.item[:, 0], ITEM[edge])
    negative, _ = uniform_negatives(keys[1], LIKES, jnp.asarray(USER[edge]), N_ITEMS, 4)
    np.testing.assert_array_equal(batch.item[:, 1:], negative)


@every_sampler
def test_pairwise_batches_correct_nothing(sampler, key):
    assert draw(sampler, key, 5).log_q is None


def test_log_q_is_the_draws_by_the_items_that_the_user_does_not_have(key):
    batch = list_sampler(by_user, uniform_negatives, uniform_log_q)(key, LIKES, N_ITEMS, 500, 3)
    n_absent = N_ITEMS - np.array([len(items) for items in HAS])[batch.query]
    expected = np.repeat(np.log(3 / np.maximum(n_absent, 1))[:, None], 3, axis=1)
    np.testing.assert_allclose(batch.log_q[:, 1:], np.where(batch.mask[:, 1:], expected, 0), 1e-6)
    assert not batch.log_q[:, 0].any()
