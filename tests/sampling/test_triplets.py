"""Samplers: whom and what they draw, and how often."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.sampling import interaction_uniform, uniform_negatives, user_uniform

N_ITEMS = 6
HAS = [{0, 3}, set(), {5}, {0, 1, 2, 3, 4, 5}, {1, 2, 4}, set()]
"""Items of each user: the second and the last have none, the fourth has all."""
USER, ITEM = np.array([(u, i) for u, items in enumerate(HAS) for i in sorted(items)], np.int32).T
LIKES = user_items(Interactions(USER, ITEM, len(HAS), N_ITEMS))
ACTIVE = [user for user, items in enumerate(HAS) if items]
N_DRAWS = 20_000
Z = 5.0
"""Standard deviations allowed; a correct sampler leaves them once in 1.7 million frequencies."""

SAMPLERS = {"user_uniform": user_uniform, "interaction_uniform": interaction_uniform}
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)


@partial(jax.jit, static_argnames=["sampler", "batch_size", "n_negatives"])
def compiled(sampler, key, likes, batch_size, n_negatives):
    return sampler(key, likes, N_ITEMS, batch_size, n_negatives)


def draw(sampler, key, batch_size=N_DRAWS, n_negatives=1):
    return jax.tree.map(np.asarray, compiled(sampler, key, LIKES, batch_size, n_negatives))


def assert_frequency(count, n_draws, probability):
    """The count lies within ``Z`` binomial standard deviations of its expectation."""
    deviation = np.sqrt(n_draws * probability * (1 - probability))
    assert abs(count - n_draws * probability) <= Z * deviation


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
