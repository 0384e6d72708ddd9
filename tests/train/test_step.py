"""One update against the same update written by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import Batch
from jaxrec.losses import bpr
from jaxrec.models import mf
from jaxrec.train import l2_rows, objective, rank, step

MODEL = mf(n_users=4, n_items=5, dim=3)
BATCH = Batch(
    query=jnp.array([3, 0]),
    item=jnp.array([[1, 2], [0, 3]]),
    label=jnp.array([[1.0, 0.0], [1.0, 0.0]]),
    mask=jnp.ones((2, 2), bool),
)
LOSS = objective(MODEL, rank=(1.0, rank(MODEL, bpr)), l2=(0.1, l2_rows))


@pytest.fixture
def state(key):
    return step(LOSS, optax.adam(0.1)).init(MODEL.init(key), jax.random.key(7))


def test_two_updates_equal_hand_made_ones(state):
    optimizer = optax.adam(0.1)
    update = step(LOSS, optimizer).update
    params, opt_state = state.params, optimizer.init(state.params)
    for n in range(2):
        grads, metrics = jax.grad(LOSS, has_aux=True)(params, None, BATCH, state.key)
        updates, opt_state = optimizer.update(grads, opt_state, params)
        params = optax.apply_updates(params, updates)
        state, found = update(state, None, BATCH)
        assert state.step == n + 1
        for name, value in metrics.items():
            np.testing.assert_array_equal(found[name], value)
    jax.tree.map(np.testing.assert_array_equal, state.params, params)
    jax.tree.map(np.testing.assert_array_equal, state.opt_state, opt_state)


def test_weight_decay_sees_the_parameters(state):
    """An optimizer that reads parameters gets them: with no gradient, decay alone acts."""
    still = lambda params, graph, batch, key: (0 * jnp.sum(params["user"]), {})
    optimizer = optax.chain(optax.add_decayed_weights(0.5), optax.scale(-1.0))
    init, update = step(still, optimizer)
    after, _ = update(init(state.params, state.key), None, BATCH)
    halve = lambda a, b: np.testing.assert_allclose(a, b / 2, rtol=1e-6)
    jax.tree.map(halve, after.params, state.params)


def test_the_root_key_stays_and_every_step_and_purpose_has_its_own(state):
    update = step(LOSS, optax.adam(0.1)).update
    after, _ = update(state, None, BATCH)
    assert after.key == state.key
    keys = [s.step_key(purpose) for s in (state, after) for purpose in (0, 1)]
    assert len({tuple(jax.random.key_data(key).tolist()) for key in keys}) == len(keys)


def test_the_model_gets_the_key_of_purpose_one(state):
    seen = []

    def loss_fn(params, graph, batch, key):
        seen.append(key)
        return jnp.sum(params["user"]), {}

    init, update = step(loss_fn, optax.sgd(0.1))
    update(init(state.params, state.key), None, BATCH)
    assert seen == [state.step_key(1)]
