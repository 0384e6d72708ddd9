"""Every formulation equals a dense float64 product: value, gradient, many tables, every type."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings

from jaxrec.ops import prepare, propagate
from tests.covering import covering
from tests.ops.propagate.graphs import (
    FEW_EDGES,
    FORMULATIONS,
    MANY_EDGES,
    SEEDS,
    UNEVEN,
    WEIGHTS,
    assert_close,
    dense,
    graphs,
    make,
    sample,
    tables,
)

every_formulation = pytest.mark.parametrize("formulation", FORMULATIONS)


@jax.jit
def products(x, cotangent, graph):
    """Value and gradient: of the first table, and of all, side by side."""

    def value_and_gradient(x, cotangent):
        y, pull = jax.vjp(lambda x: propagate(x, graph), x)
        return y, *pull(cotangent.astype(y.dtype))

    return value_and_gradient(x[0], cotangent[0]), jax.vmap(value_and_gradient)(x, cotangent)


def assert_equals_dense(graph, formulation, seed, dtype):
    a, prepared = dense(graph), prepare(graph, formulation)
    x, cotangent = tables(len(a), seed, dtype=dtype)
    one, many = products(x, cotangent, prepared)
    expected = [np.asarray(table, np.float64) for table in (x, cotangent)]
    expected = a @ expected[0], a.T @ expected[1]
    assert one[0].dtype == jnp.promote_types(dtype, jnp.float32)
    assert one[1].dtype == dtype
    jax.tree.map(assert_close, many, expected)
    jax.tree.map(assert_close, one, tuple(table[0] for table in expected))


EXAMPLES = {
    "few edges-float32": (FEW_EDGES, "float32", 15),
    "many edges-float32": (MANY_EDGES, "float32", 15),
    "many edges-bfloat16": (MANY_EDGES, "bfloat16", 6),
}


@covering(
    {
        "formulation": dict(zip(FORMULATIONS, FORMULATIONS, strict=True)),
        "weights": WEIGHTS,
        "examples": EXAMPLES,
    }
)
def test_equals_the_dense_product_in_value_and_gradient_one_table_and_three(
    formulation, weights, examples
):
    shapes, dtype, n_examples = examples
    promotion = "strict" if dtype == "float32" else "standard"

    # The shapes of uneven layouts follow the degrees: nearly each example is to be compiled.
    @settings(max_examples=-(-n_examples // 4) if formulation in UNEVEN else n_examples)
    @given(graphs(weights, shapes), SEEDS)
    def check(graph, seed):
        with jax.numpy_dtype_promotion(promotion):
            assert_equals_dense(graph, formulation, seed, dtype)

    check()


@every_formulation
def test_float64_is_kept_where_it_is_enabled(formulation):
    with jax.enable_x64(True):
        graph = sample(WEIGHTS["attention"])
        graph = graph._replace(edges=graph.edges.astype(np.float64) / 3)
        assert_equals_dense(graph, formulation, 0, "float64")


@every_formulation
def test_sums_of_narrow_types_are_in_float32(formulation):
    # One by one, bfloat16 does not count past 256, nor int8 past 127.
    there, back = np.r_[np.zeros(300, int), 1:301], np.r_[1:301, np.zeros(300, int)]
    star, ones = make(there, back, None, 301), jnp.ones((3, 301, 1), jnp.bfloat16)
    for dtype in (jnp.bfloat16, jnp.float16, jnp.int8, bool):
        prepared = prepare(star._replace(edges=jnp.ones(600, dtype)), formulation)
        (value, gradient), _ = products(ones, ones, prepared)
        assert (float(value[0, 0]), float(gradient[0, 0])) == (300, 300)
    copies = make([0] * 300, [0] * 300, None, 1)._replace(edges=np.ones(300, np.int8))
    assert propagate(jnp.ones((1, 1)), prepare(copies, formulation)) == 300


@every_formulation
@pytest.mark.parametrize("n_nodes, dim", [(0, 2), (4, 0)], ids=["no nodes", "no columns"])
def test_tables_without_entries_have_products_without_entries(formulation, n_nodes, dim):
    prepared = prepare(make([0, 1][:n_nodes], [1, 2][:n_nodes], None, n_nodes), formulation)
    products_of_none = products(*tables(n_nodes, seed=0, dim=dim), prepared)
    shapes = [leaf.shape for leaf in jax.tree.leaves(products_of_none)]
    assert shapes == [(n_nodes, dim)] * 2 + [(3, n_nodes, dim)] * 2
