"""An epoch on the device against as many updates by hand."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.data import checkerboard
from jaxrec.graph import user_items
from jaxrec.losses import bpr
from jaxrec.models import mf
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, objective, rank, shuffled_epoch, step
from jaxrec.train.epoch import N_REPORTS

N = 6
MODEL = mf(n_users=N, n_items=N, dim=3)
STEP = step(objective(MODEL, rank=(1.0, rank(MODEL, bpr))), optax.adam(0.1))
LIKES = jax.tree.map(jnp.asarray, user_items(checkerboard(N).train))
SAMPLE = jax.jit(partial(user_uniform, n_items=N, batch_size=8))
TWO_STEPS = epoch(STEP, SAMPLE, 2)


@pytest.fixture
def state(key):
    return STEP.init(MODEL.init(key), jax.random.key(7))


def test_equals_as_many_updates_by_hand_to_the_bit(state):
    update = jax.jit(STEP.update)
    by_hand, losses = state, []
    for _ in range(4):
        batch = SAMPLE(by_hand.step_key(0), LIKES)
        by_hand, metrics = update(by_hand, None, batch)
        losses.append(metrics["loss"])
    after, means = epoch(STEP, SAMPLE, 4)(state, None, LIKES)
    jax.tree.map(np.testing.assert_array_equal, after.params, by_hand.params)
    jax.tree.map(np.testing.assert_array_equal, after.opt_state, by_hand.opt_state)
    assert after.step == 4 and after.key == by_hand.key
    np.testing.assert_allclose(means["loss"], np.mean(losses), rtol=1e-6)
    squares = [np.sum(np.square(table)) for table in by_hand.params.values()]
    np.testing.assert_allclose(means["param_norm"], np.sqrt(sum(squares)), rtol=1e-6)


def test_two_short_epochs_are_one_long_one(state):
    copy = jax.tree.map(jnp.copy, state)
    twice = TWO_STEPS(TWO_STEPS(state, None, LIKES)[0], None, LIKES)[0]
    once = epoch(STEP, SAMPLE, 4)(copy, None, LIKES)[0]
    jax.tree.map(np.testing.assert_array_equal, twice.params, once.params)


def test_dealt_batches_are_learned_in_turn(state):
    deal = lambda key, likes: jax.vmap(lambda key: SAMPLE(key, likes))(jax.random.split(key, 3))
    update, by_hand = jax.jit(STEP.update), state
    batches = deal(state.step_key(0), LIKES)
    for n in range(3):
        batch = jax.tree.map(lambda part, n=n: part[n], batches)
        by_hand, _ = update(by_hand, None, batch)
    after, means = shuffled_epoch(STEP, deal)(jax.tree.map(jnp.copy, state), None, LIKES)
    jax.tree.map(np.testing.assert_array_equal, after.params, by_hand.params)
    assert after.step == 3 and np.isfinite(means["loss"])


@pytest.mark.parametrize(
    "run, donated", [(TWO_STEPS, True), (epoch(STEP, SAMPLE, 2, donate=False), False)]
)
def test_the_state_is_consumed_when_donated(state, run, donated):
    run(state, None, LIKES)
    assert all(leaf.is_deleted() == donated for leaf in jax.tree.leaves(state.params))


def test_a_broken_parameter_shows_in_the_norm(state):
    params = state.params | {"user": state.params["user"].at[0, 0].set(jnp.nan)}
    _, means = TWO_STEPS(state._replace(params=params), None, LIKES)
    assert not np.isfinite(means["param_norm"])


@pytest.mark.parametrize("n_steps", [3, 2 * N_REPORTS])
def test_progress_is_reported_from_the_running_program(state, n_steps):
    reports = []
    report = lambda at, loss: reports.append((int(at), float(loss)))
    _, means = epoch(STEP, SAMPLE, n_steps, report)(state, None, LIKES)
    jax.effects_barrier()
    every = max(1, n_steps // N_REPORTS)
    assert sorted(at for at, _ in reports) == list(range(every, n_steps + 1, every))
    if every == 1:
        np.testing.assert_allclose(means["loss"], np.mean([loss for _, loss in reports]), rtol=1e-6)
