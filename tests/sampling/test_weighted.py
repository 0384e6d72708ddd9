"""Draws by weight: the table exactly, the draws by binomial bounds."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.sampling import (
    by_user,
    by_weight,
    draw_weighted,
    list_sampler,
    popularity_weights,
    positive_mass,
    weighted_log_q,
    weighted_negatives,
    weighted_table,
)
from tests.sampling.small import (
    DEVICE_LIKES,
    FULL,
    HAS,
    ITEM,
    LIKES,
    N_DRAWS,
    N_ITEMS,
    ONE,
    assert_frequency,
    assert_law,
)

WEIGHT = np.array([5.0, 1.0, 0.0, 2.0, 0.5, 3.0])
TABLE = weighted_table(WEIGHT)
P = WEIGHT / WEIGHT.sum()


def law_of(table):
    """Chance of each item by the table: a uniform row is kept, or exchanged for its alias."""
    law = np.asarray(table.keep, np.float64).copy()
    np.add.at(law, table.alias, 1 - np.asarray(table.keep, np.float64))
    return law / len(law)


def assert_exact(weight):
    table = weighted_table(np.array(weight))
    assert (table.keep >= 0).all() and (table.keep <= 1).all()
    expected = np.array(weight) / np.sum(weight)
    # Chances to keep are rounded to float32, in units of 1 / I.
    np.testing.assert_allclose(law_of(table), expected, rtol=0, atol=2e-7)
    np.testing.assert_allclose(table.probability, expected, rtol=1e-6)
    drawn = np.unique(np.concatenate([np.flatnonzero(table.keep), table.alias[table.keep < 1]]))
    assert (expected[drawn] > 0).all()


@given(st.lists(st.just(0.0) | st.floats(1e-3, 100), min_size=1, max_size=40).filter(any))
def test_the_table_holds_the_law(weight):
    assert_exact(weight)


@pytest.mark.parametrize(
    "weight",
    [[3.0], [1.0, 1.0, 1.0], [0.0, 0.0, 7.0], [7.0, 0.0, 0.0], [1e-30, 1.0, 1e6]],
    ids=str,
)
def test_the_table_holds_the_law_at_the_edges(weight):
    assert_exact(weight)


def test_a_power_law_of_a_million_items_keeps_its_law():
    weight = np.random.default_rng(0).permutation(np.arange(1.0, 1_000_001) ** -1.1)
    expected = weight / weight.sum()
    np.testing.assert_allclose(law_of(weighted_table(weight)), expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("weight", [[0.0, 0.0], [1.0, -1.0, 3.0], [np.inf, 1.0], [np.nan]], ids=str)
def test_weights_that_are_no_law_are_refused(weight):
    with pytest.raises(InputError, match="finite ones of 0 or more"):
        weighted_table(np.array(weight))


def test_draws_follow_the_weights(key):
    draw = jax.jit(partial(draw_weighted, shape=(N_DRAWS // 4, 4)))
    assert_law(draw(key, TABLE), P)


@pytest.mark.parametrize("beta", [0.0, 0.75, 1.0])
def test_popularity_is_a_power_of_the_degree(beta):
    degree = np.bincount(ITEM, minlength=N_ITEMS + 1)
    np.testing.assert_allclose(
        popularity_weights(LIKES, N_ITEMS + 1, beta), degree**beta, rtol=1e-12
    )
    assert popularity_weights(LIKES, N_ITEMS + 1, beta)[-1] == (beta == 0)


def test_a_negative_power_is_refused():
    with pytest.raises(InputError, match="beta is -1"):
        popularity_weights(LIKES, N_ITEMS, -1.0)


def test_liked_mass_is_the_chance_to_draw_what_the_user_has():
    expected = [P[sorted(items)].sum() for items in HAS]
    np.testing.assert_allclose(positive_mass(LIKES, TABLE), expected, rtol=1e-6)


@pytest.mark.parametrize("user", range(len(HAS)))
@pytest.mark.parametrize("n_tries", [1, 3])
def test_negatives_are_the_first_of_some_tries_that_the_user_does_not_have(key, user, n_tries):
    law, users = weighted_negatives(TABLE, n_tries), jnp.array([user])
    compiled = jax.jit(lambda key: law(key, LIKES, users, N_ITEMS, N_DRAWS))
    item, valid = map(np.asarray, compiled(key))
    failed = P[sorted(HAS[user])].sum()
    tries = sum(failed**t for t in range(n_tries))
    assert_frequency(np.sum(~valid), N_DRAWS, min(failed**n_tries, 1.0))
    for i in range(N_ITEMS):
        probability = 0.0 if i in HAS[user] else P[i] * tries
        assert_frequency(np.sum(item[valid] == i), N_DRAWS, probability)
    assert (item[~valid] == 0).all()


def test_log_q_is_the_log_of_the_expected_number_of_draws():
    user, item = jnp.arange(len(HAS)), jnp.tile(jnp.array([0, 1, 5]), (len(HAS), 1))
    log_q = weighted_log_q(TABLE, positive_mass(LIKES, TABLE), 3)(LIKES, user, item, N_ITEMS)
    failed = np.array([P[sorted(items)].sum() for items in HAS])[:, None]
    expected = 3 * P[np.asarray(item)] * (1 + failed + failed**2)
    np.testing.assert_allclose(np.exp(log_q), expected, rtol=1e-5)


def test_lists_of_a_table_that_is_an_argument_compile_once(key):
    def sample(key, arrays):
        likes, table, liked = arrays
        law = list_sampler(by_user, weighted_negatives(table), weighted_log_q(table, liked))
        return law(key, likes, N_ITEMS, 500, 4)

    compiled = jax.jit(chex.assert_max_traces(sample, n=1))
    for beta in (0.0, 1.0):
        table = weighted_table(popularity_weights(LIKES, N_ITEMS, beta))
        arrays = jax.tree.map(jnp.asarray, (DEVICE_LIKES, table, positive_mass(LIKES, table)))
        batch = jax.tree.map(np.asarray, compiled(key, arrays))
        assert batch.item.shape == batch.mask.shape == batch.log_q.shape == (500, 5)
        assert np.isfinite(batch.log_q).all() and not batch.log_q[:, 0].any()
        assert batch.mask[:, 0].all() and not batch.mask[batch.query == FULL, 1:].any()
        for user, items, mask in zip(batch.query, batch.item, batch.mask, strict=True):
            assert not HAS[user] & set(items[1:][mask[1:]].tolist())


def test_pairs_are_drawn_by_weight(key):
    weight = np.arange(1.0, len(LIKES.indices) + 1)
    table = jax.tree.map(jnp.asarray, weighted_table(weight))
    law = by_weight(table)
    user, item, _ = jax.jit(lambda key: law.draw(key, DEVICE_LIKES, N_DRAWS))(key)
    chance, share = weight / weight.sum(), np.zeros(N_ITEMS)
    for edge, owner in enumerate(np.repeat(np.arange(len(HAS)), np.diff(LIKES.indptr))):
        answer = int(LIKES.indices[edge])
        n = np.sum((np.asarray(user) == owner) & (np.asarray(item) == answer))
        assert_frequency(n, N_DRAWS, chance[edge])
        share[answer] += chance[edge]
    np.testing.assert_allclose(law.share(LIKES, N_ITEMS), share, rtol=1e-5)


def test_who_has_the_only_item_gets_no_negative(key):
    law = weighted_negatives(weighted_table(np.ones(1)))
    users = jnp.zeros(2, jnp.int32)
    item, valid = jax.jit(lambda key: law(key, ONE, users, 1, 3))(key)
    assert item.tolist() == [[0] * 3] * 2 and not valid.any()


def test_no_tries_are_refused():
    with pytest.raises(InputError, match="n_tries is 0"):
        weighted_negatives(TABLE, 0)
