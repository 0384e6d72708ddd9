"""GIN against a slow twin of its equations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.transfer import as_graph, gin, positions, subgraphs
from tests.transfer.test_subgraphs import steps

DIMS, DIM, LAYERS, MOST = 3, 4, 2, 2


def batch(key, seed=(0, 1, 2, 7)):
    found = jax.jit(lambda: subgraphs(key, steps(), jnp.array(seed), n_nodes=6, length=64))()
    return found, as_batch(found)


@jax.jit
def as_batch(found):
    return as_graph(found, positions(found.adjacency, DIMS))[0]


def slow(params, found, moments=None):
    """Subgraph by subgraph, with dense matrices; moments of all real nodes at once."""
    position = np.asarray(positions(found.adjacency, DIMS))
    h, total, told = [], [], []
    for b, adjacency in enumerate(np.asarray(found.adjacency)):
        real = np.asarray(found.node[b]) >= 0
        degree = np.asarray(params["degree"])[np.minimum(adjacency.sum(1), MOST)]
        seed = np.eye(len(real))[:, :1]
        h.append(np.concatenate([position[b], degree, seed], 1)[real])
    matrices = [
        np.asarray(a)[np.ix_(n >= 0, n >= 0)].astype(float)
        for a, n in zip(found.adjacency, np.asarray(found.node), strict=True)
    ]
    for k in range(LAYERS + 1):
        if k:
            layer = jax.tree.map(np.asarray, params["layers"][k - 1])
            (first, second), out = layer["mlp"], []
            for a, x in zip(matrices, h, strict=True):
                x = np.maximum((x + a @ x) @ first["kernel"] + first["bias"], 0)
                out.append(x @ second["kernel"] + second["bias"])
            everyone = np.concatenate(out)
            mean, variance = everyone.mean(0), everyone.var(0)
            if moments is not None:
                mean, variance = (np.asarray(moments[k - 1][n]) for n in ("mean", "variance"))
            told.append((mean, variance))
            scaled = [(x - mean) / np.sqrt(variance + 1e-5) for x in out]
            h = [np.maximum(x * layer["scale"] + layer["shift"], 0) for x in scaled]
        read = jax.tree.map(np.asarray, params["readout"][k])
        total.append([x.sum(0) @ read["kernel"] + read["bias"] for x in h])
    total = np.sum(total, axis=0)
    return total / np.linalg.norm(total, axis=1, keepdims=True), told


@pytest.fixture(scope="module")
def encoder():
    made = gin(DIMS, MOST, DIM, LAYERS)
    return made._replace(encode=jax.jit(made.encode))


def drawn(encoder, key):
    """Parameters, none of them at its start."""
    params = encoder.init(key)
    leaves, tree = jax.tree.flatten(params)
    rng = np.random.default_rng(0)
    return jax.tree.unflatten(tree, [x + 0.3 * rng.normal(size=x.shape) for x in leaves])


def test_vectors_and_moments_are_those_of_the_slow_twin(encoder, key):
    found, graph = batch(key)
    params = drawn(encoder, key)
    vectors, moments = encoder.encode(params, graph)
    expected, told = slow(params, found)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    for one, (mean, variance) in zip(moments, told, strict=True):
        np.testing.assert_allclose(one["mean"], mean, atol=1e-5)
        np.testing.assert_allclose(one["variance"], variance, atol=1e-5)
    given = [{"mean": m["mean"] + 0.5, "variance": m["variance"] * 2} for m in moments]
    found_given, returned = encoder.encode(params, graph, given)
    np.testing.assert_allclose(found_given, slow(params, found, given)[0], atol=1e-5)
    jax.tree.map(np.testing.assert_array_equal, returned, given)


def test_the_order_of_nodes_and_of_subgraphs_changes_nothing(encoder, key):
    found, graph = batch(key)
    params = drawn(encoder, key)
    vectors, _ = encoder.encode(params, graph)
    order = np.array([0, 3, 2, 1, 5, 4])  # The seed stays first.
    node = found.node[::-1][:, order]
    adjacency = found.adjacency[::-1][:, order][:, :, order]
    moved = type(found)(node, adjacency)
    again, _ = encoder.encode(params, as_batch(moved))
    np.testing.assert_allclose(again[::-1], vectors, atol=1e-4)


def test_a_key_drops_out_and_none_does_not(encoder, key):
    graph = batch(key)[1]
    params = drawn(encoder, key)
    once, again = (encoder.encode(params, graph)[0] for _ in range(2))
    np.testing.assert_array_equal(once, again)
    other, _ = encoder.encode(params, graph, key=key)
    assert np.abs(np.asarray(other - once)).max() > 1e-3


def test_gradients_are_finite_where_subgraphs_are_one_node(encoder, key):
    graph = batch(key, seed=(7, 7))[1]
    slope = jax.jit(jax.grad(lambda p: jnp.sum(encoder.encode(p, graph)[0])))(encoder.init(key))
    assert all(np.isfinite(x).all() for x in jax.tree.leaves(slope))


def test_sizes_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_layers 0; give 1 or more of each"):
        gin(n_layers=0)
    with pytest.raises(InputError, match="dropout is 1"):
        gin(dropout=1.0)
