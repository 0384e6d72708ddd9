"""S runs at once against S single runs."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.data import block_model
from jaxrec.graph import bipartite, user_items
from jaxrec.losses import bpr
from jaxrec.models import lightgcn, mf
from jaxrec.ops import prepare
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, l2_rows, objective, rank, step, vmapped_epoch, vmapped_step

S, N_STEPS = 3, 4
DATA = block_model(n_users=12, n_items=10, n_blocks=2, p_in=0.7, p_out=0.1, seed=0)
SIZES = DATA.n_users, DATA.n_items
LIKES = jax.tree.map(jnp.asarray, user_items(DATA))
SAMPLE = partial(user_uniform, n_items=DATA.n_items, batch_size=16)
GRAPHS = {
    "segment_sum": bipartite(DATA),
    "bcsr": prepare(bipartite(DATA), n_users=DATA.n_users, dim=4, formulation="bcsr"),
}
MODEL = lightgcn(*SIZES, dim=4, n_layers=2)


def build(model=MODEL, learning_rate=0.01, l2=1e-3):
    """The step of one run."""
    terms = {"rank": (1.0, rank(model, bpr)), "l2": (l2, l2_rows)}
    return step(objective(model, **terms), optax.adam(learning_rate))


def keys(key):
    return jax.random.split(key, S), jax.random.split(jax.random.key(7), S)


def agree(together, alone):
    """Every run of ``together`` is the one of ``alone`` at its place."""
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *map(_numbers, alone))
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    jax.tree.map(close, _numbers(together), stacked)


def _numbers(tree):
    is_key = lambda leaf: jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    read = lambda leaf: np.asarray(jax.random.key_data(leaf) if is_key(leaf) else leaf)
    return jax.tree.map(read, tree)


@pytest.mark.parametrize("name", GRAPHS)
def test_an_epoch_of_s_seeds_is_the_epochs_of_single_seeds(key, name):
    graph, (keys_params, keys_train) = GRAPHS[name], keys(key)
    states = vmapped_step(build).init(jax.vmap(MODEL.init)(keys_params), keys_train)
    one = epoch(build(), SAMPLE, N_STEPS)
    alone = [
        one(build().init(MODEL.init(a), b), graph, LIKES)
        for a, b in zip(keys_params, keys_train, strict=True)
    ]
    together = vmapped_epoch(build, SAMPLE, N_STEPS)(states, graph, LIKES)
    agree(together, alone)
    assert together[1]["loss"].shape == (S,) and len(set(together[1]["loss"].tolist())) == S


def test_an_update_of_s_settings_is_the_updates_of_single_ones(key):
    """The same parameters and batch, other learning rates and L2: one step apart already."""
    graph, params, batch = GRAPHS["bcsr"], MODEL.init(key), SAMPLE(key, LIKES)
    each = {"learning_rate": jnp.array([1e-3, 1e-2, 1e-1]), "l2": jnp.array([0.0, 1e-3, 1.0])}
    copies = lambda leaf: jnp.stack([leaf] * S)
    together = vmapped_step(build, **each)
    states = together.init(jax.tree.map(copies, params), copies(key))
    states, metrics = jax.jit(together.update)(states, graph, jax.tree.map(copies, batch))
    alone = []
    for s in range(S):
        one = build(**{name: float(values[s]) for name, values in each.items()})
        alone.append(one.update(one.init(params, key), graph, batch))
    agree((states, metrics), alone)
    assert np.ptp(metrics["loss"]) > 0.01  # L2 tells them apart.
    assert np.ptp(np.linalg.norm(states.params["user"], axis=(1, 2))) > 0.01


def test_s_seeds_are_one_trace_and_epochs_go_on(key):
    model = mf(*SIZES, dim=3)
    sample = chex.assert_max_traces(lambda key, arrays: SAMPLE(key, arrays), n=1)
    run = vmapped_epoch(partial(build, model), sample, N_STEPS)
    keys_params, keys_train = keys(key)
    states = vmapped_step(partial(build, model)).init(jax.vmap(model.init)(keys_params), keys_train)
    losses = []
    for _ in range(3):
        states, metrics = run(states, None, LIKES)
        losses.append(metrics["loss"])
    assert states.step.tolist() == [3 * N_STEPS] * S
    assert np.all(losses[-1] < losses[0])
    assert jnp.all(states.key == keys(key)[1])  # As they were; the epoch has consumed those given.


def test_the_graph_is_stored_once_and_tables_stand_side_by_side(key):
    graph, (keys_params, keys_train) = GRAPHS["bcsr"], keys(key)
    states = vmapped_step(build).init(jax.vmap(MODEL.init)(keys_params), keys_train)
    made = str(jax.make_jaxpr(vmapped_epoch(build, SAMPLE, 1))(states, graph, LIKES))
    n_edges = graph.rows.user.weight.shape[0]
    assert f"f32[{n_edges}]" in made and f"f32[{S},{n_edges}]" not in made
    assert f"f32[{DATA.n_users},{S * 4}]" in made  # As wide as S tables of width 4.
