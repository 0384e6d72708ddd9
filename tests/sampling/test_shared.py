"""Candidates that a batch shares: who sees what, and how often it was to be expected."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.data import checkerboard
from jaxrec.graph import user_items
from jaxrec.losses import bpr, positive_first, softmax
from jaxrec.models import mf
from jaxrec.rank import top_lists
from jaxrec.sampling import (
    by_interaction,
    by_user,
    every_item,
    in_batch,
    popularity_weights,
    shared,
    weighted_table,
)
from jaxrec.train import epoch, objective, rank, step
from tests.sampling.small import DEVICE_LIKES, HAS, LIKES, N_ITEMS, ONE, Z

LAWS = {"by_user": by_user, "by_interaction": by_interaction}
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
B, N = 16, 5
SAMPLERS = {"in_batch": 0, "shared": N}
"""Candidates that are nobody's positive, by sampler."""
every_sampler = pytest.mark.parametrize("name", SAMPLERS)


def sampler(name, law, likes=LIKES, n_items=N_ITEMS, beta=1.0):
    share = law.share(likes, n_items)
    if name == "in_batch":
        return in_batch(law, share)
    return shared(law, share, weighted_table(popularity_weights(likes, n_items, beta)))


def draw(name, law, key):
    compiled = jax.jit(lambda key: sampler(name, law)(key, DEVICE_LIKES, N_ITEMS, B, N))
    return jax.tree.map(np.asarray, compiled(key))


@every_sampler
@every_law
def test_a_query_sees_its_own_positive_once_and_else_only_what_its_user_does_not_have(
    name, law, key
):
    batch = draw(name, law, key)
    assert batch.item.shape == (B + SAMPLERS[name],)
    for b, user in enumerate(batch.query.tolist()):
        own = batch.item[b]
        assert own in HAS[user]
        seen = [c == b or item not in HAS[user] for c, item in enumerate(batch.item.tolist())]
        assert batch.mask[b].tolist() == seen
        assert batch.label[b].tolist() == (batch.item == own).astype(float).tolist()


@every_sampler
@every_law
def test_log_q_is_the_log_of_the_expected_number_of_draws_by_others(name, law, key):
    batch = draw(name, law, key)
    weight = popularity_weights(LIKES, N_ITEMS, 1.0)
    times = (B - 1) * law.share(LIKES, N_ITEMS) + SAMPLERS[name] * weight / weight.sum()
    expected = np.tile(np.log(times[batch.item]), (B, 1))
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(batch.log_q, np.where(batch.mask, expected, 0), rtol=1e-5, atol=1e-6)


@every_law
def test_items_come_as_often_as_expected(law, key):
    n_batches = 2000
    keys = jax.random.split(key, n_batches)
    batches = jax.jit(jax.vmap(lambda k: sampler("shared", law)(k, LIKES, N_ITEMS, B, N)))(keys)
    others = np.asarray(batches.item)[:, 1:]  # For query 0, whose own is in column 0.
    weight = popularity_weights(LIKES, N_ITEMS, 1.0)
    p, share = weight / weight.sum(), law.share(LIKES, N_ITEMS)
    for item in range(N_ITEMS):
        mean = n_batches * ((B - 1) * share[item] + N * p[item])
        variance = (B - 1) * share[item] * (1 - share[item]) + N * p[item] * (1 - p[item])
        assert abs(np.sum(others == item) - mean) <= Z * np.sqrt(n_batches * variance)
        seen = np.asarray(batches.mask)[:, 0, 1:] & (others == item)
        log_q = np.asarray(batches.log_q)[:, 0, 1:][seen]
        np.testing.assert_allclose(np.exp(log_q), mean / n_batches, rtol=1e-5)


@every_sampler
def test_shapes_are_static_and_one_program_serves_all_keys(name, key):
    compiled = jax.jit(
        chex.assert_max_traces(lambda k: sampler(name, by_user)(k, LIKES, N_ITEMS, B, N), n=1)
    )
    first, again, other = compiled(key), compiled(key), compiled(jax.random.key(1))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert (first.item != other.item).any()


@every_sampler
def test_one_user_with_the_one_item_sees_itself(name, key):
    batch = jax.jit(lambda key: sampler(name, by_user, ONE, 1)(key, ONE, 1, 3, 2))(key)
    n_candidates = 5 if name == "shared" else 3
    np.testing.assert_array_equal(batch.mask, np.eye(3, n_candidates, dtype=bool))
    assert batch.label.all() and not batch.log_q.any()


@every_law
def test_every_item_is_a_candidate_once_but_for_the_others_that_the_user_has(law, key):
    batch = jax.jit(lambda key: every_item(law)(key, LIKES, N_ITEMS, B))(key)
    assert batch.item.tolist() == list(range(N_ITEMS)) and batch.log_q is None
    for b, user in enumerate(batch.query.tolist()):
        (own,) = np.flatnonzero(batch.label[b])
        assert own in HAS[user]
        seen = [item == own or item not in HAS[user] for item in range(N_ITEMS)]
        assert batch.mask[b].tolist() == seen


def test_shared_candidates_estimate_the_loss_over_every_item(key):
    model = mf(len(HAS), N_ITEMS, dim=4, init_scale=1.0)
    params = model.init(key)
    term = rank(model, softmax)
    value = lambda batch: term(params, model.encode(params, None), batch)
    whole = lambda key: value(every_item(by_user)(key, LIKES, N_ITEMS, 4000))
    sampled = lambda key: value(sampler("shared", by_user)(key, LIKES, N_ITEMS, 4000, 4000))
    np.testing.assert_allclose(jax.jit(sampled)(key), jax.jit(whole)(key), rtol=0.05)


def test_a_batch_of_one_has_no_negatives(key):
    sample = in_batch(by_user, by_user.share(LIKES, N_ITEMS))
    batch = jax.jit(lambda key: sample(key, LIKES, N_ITEMS, 1))(key)
    assert batch.mask.tolist() == [[True]] and batch.log_q.tolist() == [[0.0]]


@every_sampler
def test_the_softmax_over_such_a_batch_has_a_finite_gradient(name, key):
    model = mf(len(HAS), N_ITEMS, dim=4)
    batch = jax.tree.map(jnp.asarray, draw(name, by_user, key))
    term = lambda params: rank(model, softmax)(params, model.encode(params, None), batch)
    value, gradient = jax.jit(jax.value_and_grad(term))(model.init(key))
    assert value > 0
    assert all(jnp.isfinite(leaf).all() and leaf.any() for leaf in jax.tree.leaves(gradient))


@every_sampler
@pytest.mark.parametrize("loss", [softmax, positive_first(bpr)], ids=["softmax", "bpr"])
def test_shared_candidates_teach_the_checkerboard(name, loss, key):
    n = 16
    train = checkerboard(n).train
    likes = user_items(train)
    model = mf(n, n, dim=16)
    draw = sampler(name, by_user, likes, n)
    sample = lambda key, likes: draw(key, likes, n, 32, 32)
    pieces = step(objective(model, rank=(1.0, rank(model, loss))), optax.adam(0.01))
    state = pieces.init(model.init(key), jax.random.key(1))
    state, _ = epoch(pieces, sample, 300)(state, None, jax.tree.map(jnp.asarray, likes))
    reps = model.encode(state.params, None)
    top = top_lists(model.score, reps, np.arange(n), n, 1, seen=likes)
    np.testing.assert_array_equal(top.item[:, 0], np.arange(n))
