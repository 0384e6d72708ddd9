"""How a step moves parameters, and how they are served, against formulas of NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.runs.fit.assemble import build_model
from jaxrec.runs.fit.training import build_training, first_progress
from jaxrec.runs.model_options import options_of
from tests.cli.wired import DIM, LIKES, LISTED, N_ITEMS, N_USERS, TRAIN, mf_scores


@jax.jit
def gradient(params, batch):
    """Of bpr and 0.1 times the L2 of rows, by JAX from formulas that stand here."""

    def loss(params):
        user, item = params["user"][batch.query], params["item"][batch.item]
        scores = jnp.einsum("bd,bcd->bc", user, item)
        apart = jax.nn.softplus(scores[:, 1:] - scores[:, :1])
        ranked = jnp.sum(apart * batch.mask[:, 1:]) / jnp.sum(batch.mask[:, 1:])
        squares = jnp.sum(user**2) + jnp.sum(jnp.sum(item**2, 2) * batch.mask)
        return ranked + 0.1 * squares / 2 / len(batch.query)

    return jax.grad(loss)(params)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_steps_are_those_of_adam_at_the_rate_of_the_schedule(schedule):
    """Over four steps, two an epoch of two: a cosine from the rate down to nothing."""
    own = {"learning_rate": 0.05, "schedule": schedule, "epochs": 2, "steps": 2, "l2": 0.1}
    training = build_training(options_of("mf", dim=DIM, **own), TRAIN)
    state = first_progress(training, seed=5).state
    update = jax.jit(training.step.update)
    params = {name: np.asarray(leaf, np.float64) for name, leaf in state.params.items()}
    first, second = ({name: 0.0 for name in params} for _ in range(2))
    for step in range(1, 4):
        rate = 0.05 if schedule == "constant" else 0.05 * (1 + np.cos(np.pi * (step - 1) / 4)) / 2
        slopes = gradient({n: v.astype(np.float32) for n, v in params.items()}, LISTED)
        for name, slope in jax.tree.map(np.float64, slopes).items():
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.999 * second[name] + 0.001 * slope**2
            mean, square = first[name] / (1 - 0.9**step), second[name] / (1 - 0.999**step)
            params[name] = params[name] - rate * mean / (np.sqrt(square) + 1e-8)
        state, _ = update(state, training.graph, LISTED)
        for name in params:
            np.testing.assert_allclose(state.params[name], params[name], rtol=1e-3, atol=1e-5)


def test_the_first_parameters_are_a_function_of_the_seed():
    training = build_training(options_of("mf", dim=DIM), TRAIN)
    key_params, key_train = jax.random.split(jax.random.key(5))
    found = first_progress(training, seed=5).state
    jax.tree.map(np.testing.assert_array_equal, found.params, training.model.init(key_params))
    assert found.key == key_train and found.step == 0


def test_a_spectral_start_is_the_truncated_decomposition_at_the_scale_of_the_option():
    training = build_training(options_of("mf", dim=2, start="spectral", init_scale=0.3), TRAIN)
    params = training.model.init(jax.random.key(0))
    root = np.sqrt(np.maximum(LIKES.sum(1), 1))[:, None] * np.sqrt(np.maximum(LIKES.sum(0), 1))
    left, values, right = np.linalg.svd(LIKES / root)
    expected = left[:, :2] * values[:2] @ right[:2]
    user, item = np.asarray(params["user"]), np.asarray(params["item"])
    found = user @ item.T
    np.testing.assert_allclose(found / found.max(), expected / expected.max(), atol=1e-3)
    both = np.concatenate([user, item])
    assert np.sqrt(np.mean(both**2)) == pytest.approx(0.3, rel=1e-4)
    plain = build_training(options_of("mf", dim=2, init_scale=0.3), TRAIN).model.init
    assert not np.allclose(plain(jax.random.key(0))["user"], params["user"], atol=1e-2)


def test_serving_scores_by_cosine_over_the_temperature_and_adds_the_prior():
    settings = options_of("mf", dim=DIM, temperature=0.5, prior=0.7)
    training = build_training(settings, TRAIN)
    params = training.model.init(jax.random.key(1))
    reps = training.model.encode(params, training.graph)
    found = training.model.score(reps, LISTED.query, LISTED.item)
    share = np.log(np.maximum(LIKES.sum(0), 1) / LIKES.sum())
    expected = mf_scores(params, 0.5) + 0.7 * share[np.asarray(LISTED.item)]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    learner = build_model(settings, N_USERS, N_ITEMS, training.graph, learns=True)
    reps = learner.encode(params, training.graph)
    found = learner.score(reps, LISTED.query, LISTED.item)
    np.testing.assert_allclose(found, mf_scores(params, 0.5), rtol=1e-4)
