"""Training on meshes of eight devices gives the numbers of one."""

import re
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import PartitionSpec

from jaxrec.base import InputError
from jaxrec.data import Interactions, power_law
from jaxrec.graph import bipartite, user_items
from jaxrec.losses import bpr, softmax
from jaxrec.models import lightgcn
from jaxrec.ops import device_mesh, diffuse, prepare
from jaxrec.sampling import (
    by_user,
    in_batch,
    list_sampler,
    uniform_log_q,
    uniform_negatives,
    user_uniform,
)
from jaxrec.train import (
    epoch,
    gather,
    l2_rows,
    objective,
    on_mesh,
    padded_rows,
    place,
    pmap_step,
    rank,
    row_adagrad,
    step,
)
from tests.cli.conftest import SMALL, clicks  # noqa: F401

U, N_ITEMS, DIM, B, STEPS = 101, 67, 16, 64, 10  # Odd counts: no mesh divides them.
TRAIN = power_law(U, N_ITEMS, 900)
LIKES = user_items(TRAIN)
MODEL = lightgcn(U, N_ITEMS, DIM)
LOSS = objective(MODEL, rank=(1.0, rank(MODEL, bpr)), l2=(1e-2, l2_rows))
ADAM = optax.adam(0.01, eps=1e-4)
STEP = step(LOSS, ADAM)
SAMPLE = partial(user_uniform, n_items=N_ITEMS, batch_size=B)
MESHES = {"batches": (8, 1, 1), "rows": (1, 8, 1), "columns": (1, 1, 8), "all": (2, 2, 2)}

# Sums differ in their order by some 1e-7 of what they add: 0.1 is allowed, a hundred times the
# largest gradient here. Adam divides that error by eps at least, and ten steps are of 0.01 each,
# so a number moves by at most 1e-7 * 0.1 / eps * 0.1 = 1e-5.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def begin(train_step=STEP):
    return train_step.init(MODEL.init(jax.random.key(0)), jax.random.key(1))


@cache
def on_one(formulation):
    graph = prepare(bipartite(TRAIN), formulation, n_users=U)
    return epoch(STEP, SAMPLE, STEPS)(begin(), graph, jax.tree.map(jnp.asarray, LIKES))


def graph_on(mesh, formulation):
    n_users, n_items = padded_rows(U, mesh), padded_rows(N_ITEMS, mesh)
    padded = Interactions(TRAIN.user, TRAIN.item, n_users, n_items)
    return prepare(bipartite(padded), formulation, n_users=n_users, mesh=mesh)


def assert_same_tables(found, expected):
    close = lambda a, b: np.testing.assert_allclose(a, b, **CLOSE)
    jax.tree.map(close, found, jax.tree.map(np.asarray, expected))


def runs():
    for shape in MESHES.values():
        yield shape, "bcsr"
    for formulation in ("chunked", "bcoo", "dense"):
        yield (2, 2, 2), formulation
    yield (2, 1, 4), "segment_sum"


@pytest.mark.parametrize(("shape", "formulation"), list(runs()), ids=str)
def test_ten_steps_on_a_mesh_equal_ten_on_one_device(shape, formulation):
    expected, expected_means = on_one(formulation)
    mesh = device_mesh(*shape)
    spread = on_mesh(STEP, mesh)
    state = begin(spread)
    run = epoch(spread, SAMPLE, STEPS)
    arguments = graph_on(mesh, formulation), place(LIKES, mesh)
    compiled = run.lower(state, *arguments).compile()
    after, means = compiled(state, *arguments)
    assert_same_tables(gather(after.params, expected.params), expected.params)
    assert_same_tables(gather(after.opt_state, expected.opt_state), expected.opt_state)
    np.testing.assert_allclose(means["loss"], expected_means["loss"], rtol=1e-5)
    for table in (after.params["user"], after.opt_state[0].mu["item"]):
        assert table.sharding.spec == PartitionSpec("rows", "features")
        part = table.addressable_shards[0].data.shape
        assert part == (table.shape[0] // shape[1], DIM // shape[2])
    assert not np.asarray(after.params["user"])[U:].any()
    assert state.params["user"].is_deleted()
    compiled(after, *arguments)  # The state lies where it lay: no program but this is needed.


def test_a_number_a_row_is_split_as_the_rows_of_its_table():
    one, mesh = step(LOSS, row_adagrad(0.1, eps=1e-4)), device_mesh(2, 2, 2)
    spread = on_mesh(one, mesh)
    state, expected, graphs = begin(spread), begin(one), [graph_on(mesh, "bcsr")]
    graphs.append(prepare(bipartite(TRAIN), "bcsr", n_users=U))
    updates = jax.jit(spread.update), jax.jit(one.update)
    for _ in range(3):
        batch = SAMPLE(expected.step_key(0), LIKES)
        state, _ = updates[0](state, graphs[0], batch)
        expected, _ = updates[1](expected, graphs[1], batch)
    total = state.opt_state[0].total["user"]
    assert total.sharding.spec == PartitionSpec("rows") and total.shape == (padded_rows(U, mesh),)
    for name in ("params", "opt_state"):
        one_device = getattr(expected, name)
        assert_same_tables(gather(getattr(state, name), one_device), one_device)


def test_what_was_placed_is_gathered_again():
    mesh, state = device_mesh(2, 2, 2), begin()
    back = gather(place(state, mesh), state)
    assert back.key == state.key and back.params["user"].shape == (U, DIM)
    same = lambda a, b: np.testing.assert_array_equal(a, b)
    jax.tree.map(same, back._replace(key=0), jax.tree.map(np.asarray, state._replace(key=0)))


def test_weights_of_layers_stay_whole_whatever_their_shape():
    weights = {"layer_0": {"kernel": jnp.ones((5, 3))}, "user": jnp.ones((5, 8))}
    placed = place(weights, device_mesh(1, 2, 4))
    assert placed["layer_0"]["kernel"].shape == (5, 3)
    assert placed["layer_0"]["kernel"].sharding.spec == PartitionSpec()
    assert placed["user"].shape == (6, 8)


def collectives(shape, formulation="bcsr"):
    mesh = device_mesh(*shape)
    tables = place(MODEL.init(jax.random.key(0)), mesh)
    run = jax.jit(lambda x, graph: diffuse(x, graph, (0.25,) * 4))
    arguments = (tables["user"], tables["item"]), graph_on(mesh, formulation)
    text = run.lower(*arguments).compile().as_text()
    kinds = "all-gather|all-reduce|all-to-all|collective-permute|reduce-scatter"
    return re.findall(rf" ({kinds})(?:-start)?\(", text)


def test_columns_diffuse_without_communication():
    assert collectives((1, 1, 8)) == collectives((1, 1, 8), "segment_sum") == []


def test_receivers_gather_two_tables_a_layer():
    assert collectives((1, 8, 1)) == ["all-gather"] * 2 * 3


def test_pmap_equals_one_device():
    graph = prepare(bipartite(TRAIN), "bcsr", n_users=U)
    over = pmap_step(LOSS, ADAM)
    state, expected, update = begin(over), begin(), jax.jit(STEP.update)
    for _ in range(STEPS):
        batch = SAMPLE(expected.step_key(0), LIKES)
        state, metrics = over.update(state, graph, batch)
        expected, expected_metrics = update(expected, graph, batch)
    assert state.params["user"].shape == (8, U, DIM)
    for copy in range(8):
        tables = jax.tree.map(lambda leaf, copy=copy: np.asarray(leaf[copy]), state.params)
        assert_same_tables(tables, expected.params)
    np.testing.assert_allclose(metrics["loss"], expected_metrics["loss"], rtol=1e-5)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("way", ["mesh", "pmap"])
def test_log_q_is_split_with_its_batch(shared, way):
    """Else a step on devices would not correct what one on a single device does."""
    listed = list_sampler(by_user, uniform_negatives, uniform_log_q)
    sample = in_batch(by_user, by_user.share(LIKES, N_ITEMS)) if shared else listed
    batch = sample(jax.random.key(2), LIKES, N_ITEMS, B, 3)
    if shared:
        batch = batch._replace(log_q=jnp.log(jnp.arange(1.0, B + 1)))  # [C], as items are.
    loss = objective(MODEL, rank=(1.0, rank(MODEL, softmax)))
    one = step(loss, ADAM)
    graph = prepare(bipartite(TRAIN), "bcsr", n_users=U)
    expected, expected_metrics = jax.jit(one.update)(begin(one), graph, batch)
    if way == "pmap":
        over = pmap_step(loss, ADAM)
        state, metrics = over.update(begin(over), graph, batch)
        tables = jax.tree.map(lambda leaf: np.asarray(leaf[3]), state.params)
    else:
        mesh = device_mesh(2, 2, 2)
        spread = on_mesh(one, mesh)
        state, metrics = jax.jit(spread.update)(begin(spread), graph_on(mesh, "bcsr"), batch)
        tables = gather(state.params, expected.params)
    assert_same_tables(tables, expected.params)
    np.testing.assert_allclose(metrics["loss"], expected_metrics["loss"], rtol=1e-5)


def test_batches_that_do_not_divide_are_refused():
    state, graph = begin(), prepare(bipartite(TRAIN), "bcsr", n_users=U)
    batch = SAMPLE(state.step_key(0), LIKES, batch_size=12)
    with pytest.raises(InputError, match="batch of 12 does not divide by 8 devices"):
        over = pmap_step(LOSS, ADAM)
        over.update(begin(over), graph, batch)
    mesh = device_mesh(8)
    with pytest.raises(InputError, match="batch of 12 does not divide by 8"):
        jax.jit(on_mesh(STEP, mesh).update)(place(state, mesh), graph_on(mesh, "bcsr"), batch)
    with pytest.raises(InputError, match="width 3 does not divide by 8"):
        place({"user": jnp.zeros((4, 3))}, device_mesh(1, 1, 8))


@pytest.mark.parametrize("platform", ["tpu", "cuda"])
def test_the_step_of_a_mesh_lowers_elsewhere(platform):
    mesh = device_mesh(2, 2, 2)
    spread = on_mesh(STEP, mesh)
    arguments = begin(spread), graph_on(mesh, "chunked"), SAMPLE(jax.random.key(0), LIKES)
    exported = jax.export.export(jax.jit(spread.update), platforms=[platform])(*arguments)
    assert exported.nr_devices == 8 and exported.platforms == (platform,)
