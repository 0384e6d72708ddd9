"""The Pallas kernels, interpreted, against a dense float64 product."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings, strategies as st
from jax.experimental.pallas import tpu as pltpu

from jaxrec.ops.propagate import pallas, pallas_tpu
from jaxrec.ops.propagate.pallas import LANES, LIMIT, kernel

N_COLUMNS = 300
# A hub with half of all edges, rows at and beside the limit of a piece, rows without edges.
DEGREES = [0, 1, 290, LIMIT, LIMIT + 1, 0, 2, *[1, 3, 5] * 10, LIMIT - 1, 0]
GRAPHS = {
    "no row": [],
    "no edge": [0, 0, 0],
    "one row": [7],
    "one edge": [0, 1],
    "hub": DEGREES,
}
times = jax.jit(lambda product, x: product.times(x))


def random(degrees, seed):
    """A matrix whose rows have these degrees, so that programs are reused over seeds."""
    rng = np.random.default_rng(seed)
    indptr = np.cumsum([0, *degrees])
    rows = [rng.choice(N_COLUMNS, degree, replace=False) for degree in degrees]
    indices = np.concatenate([np.zeros(0, int), *rows])
    weight = rng.normal(size=len(indices)).astype(np.float32)
    return scipy.sparse.csr_array((weight, indices, indptr), shape=(len(degrees), N_COLUMNS))


def table(dim, seed=0, dtype="float32"):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(N_COLUMNS, dim)), dtype)


def assert_product(result, matrix, x):
    expected = matrix.toarray().astype(np.float64) @ np.asarray(x, np.float64)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)  # Terms cancel.


@pytest.mark.parametrize("degrees", GRAPHS.values(), ids=GRAPHS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_equals_the_dense_product(degrees, seed):
    matrix, x = random(degrees, seed), table(3, seed)
    with jax.numpy_dtype_promotion("strict"):
        result = times(kernel(matrix), x)
    assert (result.shape, result.dtype) == ((len(degrees), 3), x.dtype)
    assert_product(result, matrix, x)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("dim", [1, 16, 64, 100, 130])
def test_any_width_and_type_of_table(dim, dtype):
    matrix, x = random(DEGREES, seed=1), table(dim, dtype=dtype)
    result = times(kernel(matrix), x)
    assert result.dtype == jnp.float32
    assert_product(result, matrix, x)


def test_narrow_types_are_summed_in_float32():
    ones = scipy.sparse.csr_array(np.ones((1, N_COLUMNS), np.float32))
    narrow = kernel(ones)._replace(weight=jnp.asarray(kernel(ones).weight, jnp.bfloat16))
    result = narrow.times(jnp.ones((N_COLUMNS, 1), jnp.bfloat16))
    assert result.dtype == jnp.bfloat16
    assert result.item() == N_COLUMNS  # One by one, bfloat16 does not count past 256.


def test_a_sender_without_a_number_reaches_its_receivers_alone():
    matrix = random(DEGREES, seed=2)
    result = times(kernel(matrix), table(3).at[0].set(jnp.nan))
    np.testing.assert_array_equal(np.isnan(result).any(axis=1), matrix.toarray()[:, 0] != 0)


def test_every_edge_has_one_slot_and_steps_follow_the_longest_piece():
    matrix = random(DEGREES, seed=3)
    product = kernel(matrix)
    real = np.asarray(product.senders) >= 0
    np.testing.assert_array_equal(np.sort(product.weight[real]), np.sort(matrix.data))
    assert not np.any(product.weight[~real])
    steps = np.diff(product.start)
    assert steps[0] == LIMIT and np.all(np.diff(steps) <= 0)
    assert len(steps) == -(-sum(-(-degree // LIMIT) for degree in DEGREES) // LANES)


@pytest.mark.parametrize("mode", ["eager", "on_wait"])
def test_on_tpu_copies_are_awaited_and_sums_cross_chunks(mode, monkeypatch):
    for module in (pallas, pallas_tpu):
        monkeypatch.setattr(module, "CHUNK", 16 * LANES)  # A quarter of the first block.
    matrix, x = random([9, 0, LIMIT + 1, *[1, 2] * 10], seed=4), table(130, dtype="bfloat16")
    product = kernel(matrix)
    emulated = pltpu.InterpretParams(dma_execution_mode=mode, uninitialized_memory="nan")
    run = partial(pallas_tpu.sums_on_tpu, dtype=jnp.float32, lanes=LANES, interpret=emulated)
    sums = jax.jit(run)(x, product.start, product.senders, product.weight)
    assert_product(product.rows.join(sums), matrix, x)


@pytest.mark.filterwarnings("ignore:The Pallas Triton backend is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("platform", "device_kind", "call"),
    [("cuda", "NVIDIA H100", "triton"), ("tpu", "TPU v5 lite", "tpu_custom_call")],
)
def test_lowers_for_a_platform_that_is_not_here(platform, device_kind, call):
    backend = {"cuda": "gpu"}.get(platform, platform)
    device = jax.sharding.AbstractDevice(device_kind=device_kind, num_cores=1, platform=backend)
    mesh = jax.sharding.AbstractMesh((), (), abstract_device=device)
    arguments = kernel(random(DEGREES, seed=5)), table(64)
    with jax.sharding.use_abstract_mesh(mesh):
        lowered = times.trace(*arguments).lower(lowering_platforms=(platform,))
    assert call in lowered.as_text()
