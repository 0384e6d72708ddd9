"""Early stopping inside the program against the loop of the host."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.train import begin, epoch, fit, step, until_stalled

BEST = 2.0


def loss(params, graph, batch, key):
    """Goes from 0 past ``BEST`` to ``batch``; noise so that seeds differ."""
    del graph
    noise = jax.random.normal(key)
    return (params["x"] - batch + noise) ** 2, {"loss": params["x"]}


def nearness(params, graph, asked):
    del graph
    return -jnp.abs(params["x"] - asked)[None]


PIECES = step(loss, optax.sgd(0.05))


def stopped(seed, **limits):
    state = PIECES.init({"x": jnp.zeros(())}, jax.random.key(seed))
    return until_stalled(PIECES, nearness, **limits)(state, None, jnp.array(3.0), jnp.array(BEST))


@pytest.mark.parametrize(("n_epochs", "patience"), [(100, 3), (100, 8), (6, 8)])
def test_ends_as_fit_does(n_epochs, patience):
    run = epoch(PIECES, lambda key, batch: batch, n_steps=1)
    expected = fit(
        lambda state: run(state, None, jnp.array(3.0)),
        begin(PIECES.init({"x": jnp.zeros(())}, jax.random.key(0))),
        n_epochs=n_epochs,
        validate=lambda params: float(nearness(params, None, BEST)[0]),
        patience=patience,
    )
    found = jax.jit(lambda: stopped(0, n_epochs=n_epochs, patience=patience))()
    assert (found.best_epoch, found.epoch) == (expected.best_epoch, expected.epoch)
    assert found.epoch == min(n_epochs, found.best_epoch + patience)
    np.testing.assert_allclose(found.best_params["x"], expected.best_params["x"], rtol=1e-6)
    np.testing.assert_allclose(found.best_value[0], expected.best_value, rtol=1e-5, atol=1e-7)


def test_seeds_side_by_side_are_the_same_as_alone():
    several = jax.jit(jax.vmap(lambda seed: stopped(seed, n_epochs=100, patience=5)))
    found = several(jnp.arange(4))
    assert len(set(found.epoch.tolist())) > 1
    for seed in range(4):
        alone = stopped(seed, n_epochs=100, patience=5)
        one = jax.tree.map(lambda value, seed=seed: value[seed], found)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), one, alone)


def test_values_that_are_no_numbers_are_no_better():
    run = until_stalled(PIECES, lambda *_: jnp.array([jnp.nan]), n_epochs=50, patience=4)
    state = PIECES.init({"x": jnp.ones(())}, jax.random.key(0))
    found = run(state, None, jnp.array(3.0), jnp.array(BEST))
    assert (found.best_epoch, found.epoch, found.best_params["x"]) == (0, 4, 1)
    assert found.best_value == -jnp.inf


def test_of_several_values_all_must_be_best_to_be_kept_and_one_to_go_on():
    rising = [0, 1, 2, 2, 1, 3, 4, 5, 5, 0, 0, 0, 0, 9]  # By epoch, as is the next.
    falling = [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9]
    values = jnp.array([rising, falling], jnp.float32).T
    count = step(lambda params, *_: (-params["x"], {}), optax.sgd(1.0))
    validate = lambda params, *_: values[params["x"].astype(int) - 1]
    run = until_stalled(count, validate, n_epochs=50, patience=4)
    found = run(count.init({"x": jnp.zeros(())}, jax.random.key(0)), None, None, None)
    assert (found.best_epoch, found.epoch) == (8, 13)
    assert (found.best_params["x"], found.best_value.tolist()) == (8, [5, 1])
