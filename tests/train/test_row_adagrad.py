"""Row-wise Adagrad by its formula."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.ops import device_mesh
from jaxrec.train import on_mesh, row_adagrad, step

RNG = np.random.default_rng(0)
SLOPES = RNG.normal(size=(4, 5, 3)).astype(np.float32)
SLOPES[:, 2] = 0


def test_follows_its_formula():
    rule, table = row_adagrad(0.3), jnp.ones((5, 3))
    state, expected, total = rule.init(table), np.ones((5, 3)), np.zeros(5)
    for slope in SLOPES:
        change, state = jax.jit(rule.update)(slope, state)
        table = optax.apply_updates(table, change)
        total += np.mean(slope.astype(np.float64) ** 2, axis=1)
        expected -= 0.3 * slope / (np.sqrt(total)[:, None] + 1e-10)
    np.testing.assert_allclose(table, expected, rtol=1e-5)
    np.testing.assert_array_equal(table[2], 1)  # Rows without gradient stay.


def test_on_rows_of_one_it_is_adagrad():
    ours, theirs = row_adagrad(0.3), optax.adagrad(0.3, initial_accumulator_value=0.0, eps=0.0)
    column = np.delete(SLOPES[:, :, :1], 2, axis=1)
    states = ours.init(jnp.ones((4, 1))), theirs.init(jnp.ones((4, 1)))
    for slope in column:
        found, one = ours.update(slope, states[0])
        expected, two = theirs.update(slope, states[1])
        states = one, two
        np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_its_state_is_a_number_a_row():
    params = {"entity": jnp.ones((5, 3)), "weight": jnp.ones((2, 3, 4)), "bias": jnp.ones(6)}
    state = row_adagrad(0.1).init(params)
    shapes = {name: leaf.shape for name, leaf in state[0].total.items()}
    assert shapes == {"entity": (5,), "weight": (2,), "bias": (6,)}


@pytest.mark.parametrize("rule", [row_adagrad(0.1), optax.adafactor(0.1)], ids=["row", "factors"])
def test_a_mesh_takes_moments_that_are_no_tables(rule):
    """Adafactor keeps a number a row and a number a column of tables this wide."""
    params = {"user": jnp.ones((130, 128)), "item": jnp.ones((4, 2)), "bias": jnp.ones(4)}
    loss = lambda params, *_: (sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(params)), {})
    one, mesh = step(loss, rule), device_mesh(1, 1, 1)
    spread = on_mesh(one, mesh)
    batch = Batch(jnp.zeros(1, int), jnp.zeros((1, 2), int), jnp.ones((1, 2)), jnp.ones((1, 2)))
    found, expected = (each.init(params, jax.random.key(0)) for each in (spread, one))
    for _ in range(2):
        found, _ = jax.jit(spread.update)(found, None, batch)
        expected, _ = jax.jit(one.update)(expected, None, batch)
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5)
    jax.tree.map(close, found._replace(key=0), expected._replace(key=0))


def test_a_schedule_counts_steps():
    rule = row_adagrad(lambda count: jnp.where(count < 1, 1.0, 0.0))
    state, slope = rule.init(jnp.ones((1, 2))), jnp.ones((1, 2))
    first, state = rule.update(slope, state)
    second, _ = rule.update(slope, state)
    np.testing.assert_allclose(first, [[-1.0, -1.0]], rtol=1e-6)
    np.testing.assert_array_equal(second, 0)


def test_a_rate_that_is_not_positive_is_refused():
    with pytest.raises(InputError, match="learning_rate is 0"):
        row_adagrad(0.0)
