"""Products repeated, differentiated and refused; ``test_equality`` has the product itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import diffuse, prepare, propagate
from tests.ops.propagate.graphs import (
    FORMULATIONS,
    LAYOUTS,
    assert_close,
    dense,
    directed,
    r_normalized,
    sample,
    symmetric,
    tables,
)

ALPHAS = [(1 / 3, 1 / 3, 1 / 3), (0.0, -0.5, 0.0, 2.0), (0.7,), (0.0, 0.0)]
GRAPH = sample(r_normalized)
A = dense(GRAPH)
X, COTANGENT = (table[0] for table in tables(len(A), seed=1))

every_formulation = pytest.mark.parametrize("formulation", FORMULATIONS)


def polynomial(alpha, a):
    return sum(scale * np.linalg.matrix_power(a, k) for k, scale in enumerate(alpha))


def value_and_gradient(alpha, prepared, **how):
    y, pull = jax.vjp(lambda x: diffuse(x, prepared, alpha, **how), X)
    return y, *pull(COTANGENT)


@every_formulation
def test_diffusion_and_its_gradient_are_polynomials_of_the_adjacency(formulation):
    alphas = ALPHAS[1:] if formulation == "pallas" else ALPHAS  # Interpreted, layers take long.
    all_of = jax.jit(lambda graph: [value_and_gradient(alpha, graph) for alpha in alphas])
    for alpha, both in zip(alphas, all_of(prepare(GRAPH, formulation)), strict=True):
        assert_close(both[0], polynomial(alpha, A) @ X)
        assert_close(both[1], polynomial(alpha, A).T @ COTANGENT)


@every_formulation
def test_layers_stored_in_bfloat16_cost_one_rounding_a_layer(formulation):
    alpha = ALPHAS[1]
    compiled = jax.jit(lambda graph: value_and_gradient(alpha, graph, storage=jnp.bfloat16))
    value, gradient = compiled(prepare(GRAPH, formulation))
    rounding = [1.01 * k * abs(scale) / 256 for k, scale in enumerate(alpha)]  # Of 8 bits.
    for rounded, a, x in ((value, A, X), (gradient, A.T, COTANGENT)):  # A is not negative.
        error = np.abs(rounded - polynomial(alpha, a) @ x)
        assert rounded.dtype == jnp.float32
        assert np.all(error <= polynomial(rounding, a) @ np.abs(x))
        assert np.max(error) > 1e-4  # They are stored in bfloat16.


@every_formulation
def test_layers_in_a_scan_are_powers_of_the_adjacency(formulation):
    @jax.jit
    def inner_product(x, prepared):
        layer = lambda x, _: (propagate(x, prepared), None)
        return jnp.vdot(COTANGENT, jax.lax.scan(layer, x, None, length=3)[0])

    value, gradient = jax.value_and_grad(inner_product)(X, prepare(GRAPH, formulation))
    cube = np.linalg.matrix_power(A, 3)
    assert_close(value, np.vdot(COTANGENT, cube @ X))
    assert_close(gradient, cube.T @ COTANGENT)


@every_formulation
def test_the_second_derivative_of_a_quadratic_form_is_its_matrix(formulation):
    half_square = lambda x, graph: jnp.sum(propagate(x[:, None], graph) ** 2) / 2
    hessian = jax.jit(jax.jacrev(jax.grad(half_square)))
    assert_close(hessian(np.ones(len(A), np.float32), prepare(GRAPH, formulation)), A.T @ A)


def test_graphs_of_one_layout_are_stacked_and_mapped_over():
    several = [sample(weights) for weights in (directed, directed)]
    several[1] = several[1]._replace(edges=-2 * several[1].edges)
    stacked = jax.tree.map(lambda *a: jnp.stack(a), *(prepare(g, "bcsr") for g in several))
    products = jax.jit(jax.vmap(propagate, in_axes=(None, 0)))(X, stacked)
    assert_close(products, np.stack([dense(graph) @ X for graph in several]))


def test_a_prepared_graph_refuses_forward_mode():
    prepared = prepare(GRAPH, "bcsr")
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda x: propagate(x, prepared), (X,), (COTANGENT,))


@pytest.mark.parametrize("compile", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_weights_of_an_adjacency_are_refused_by_gradients(compile):
    prepared = prepare(GRAPH, "bcsr")

    def total(weight):
        rows = prepared.rows._replace(weight=weight)
        return jnp.sum(propagate(X, prepared._replace(rows=rows)))

    with pytest.raises(InputError, match="edge weights of an Adjacency are constants"):
        compile(jax.grad(total))(prepared.rows.weight)


@pytest.mark.parametrize("formulation", LAYOUTS)
def test_a_table_of_another_number_of_rows_is_refused(formulation):
    prepared = prepare(GRAPH, formulation)
    for n_rows in (len(A) - 1, len(A) + 1):
        with pytest.raises(InputError, match=f"has {n_rows} rows but the graph has 8 nodes"):
            propagate(jnp.ones((n_rows, 2)), prepared)


def test_weights_of_a_graph_have_gradients():
    total = lambda edges: jnp.vdot(COTANGENT, propagate(X, GRAPH._replace(edges=edges)))
    expected = np.sum(COTANGENT[GRAPH.receivers] * X[GRAPH.senders], axis=1)
    assert_close(jax.jit(jax.grad(total))(GRAPH.edges), expected)


def test_nothing_is_transposed_when_the_weights_are_symmetric():
    assert prepare(sample(symmetric), "bcsr").transposed is None
    assert prepare(GRAPH, "bcsr").transposed is not None
