"""Subgraph instances against slow twins and cases computed by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import transitions
from jaxrec.ops import walks
from jaxrec.transfer import Subgraphs, as_graph, one_graph, positions, subgraphs

# Users 0 to 2 and items 3 to 6; user 2 with item 6 is a component of its own, node 7 is isolated.
EDGES = [(0, 3), (0, 4), (1, 4), (1, 5), (0, 5), (2, 6)]
N = 8


def steps(edges=EDGES, n=N):
    a, b = np.array(edges).T
    return jax.tree.map(jnp.asarray, transitions(np.append(a, b), np.append(b, a), n))


def dense(edges=EDGES, n=N):
    matrix = np.zeros((n, n), bool)
    for a, b in edges:
        matrix[a, b] = matrix[b, a] = True
    return matrix


def slow_positions(adjacency, n_dims):
    """Rows of leading eigenvectors, one by one; those of eigenvalues that are repeated left out."""
    degree = adjacency.sum(1)
    n, found = len(adjacency), []
    normal = np.zeros((n, n))
    for v in range(n):
        for w in range(n):
            if adjacency[v, w]:
                normal[v, w] = 1 / np.sqrt(degree[v] * degree[w])
    values, vectors = np.linalg.eigh(normal)
    for k in reversed(range(n)):
        x = vectors[:, k] * np.sign(np.sum(vectors[:, k] ** 3) + 1e-12)
        repeated = sum(abs(values - values[k]) < 1e-3) > 1
        found.append(0 * x if repeated or values[k] < 1e-3 else x)
    found = np.array(found).T[:, :n_dims]
    found = np.pad(found, ((0, 0), (0, n_dims - found.shape[1])))
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=np.zeros_like(found), where=length > 1e-9)


def test_a_subgraph_has_the_first_nodes_of_the_walk_and_every_edge_among_them(key):
    seed, n = jnp.arange(N), 4
    found = jax.jit(lambda: subgraphs(key, steps(), seed, n, length=40))()
    for walk, node, adjacency in zip(walks(key, steps(), seed, 40, 0.8), *found, strict=True):
        first = list(dict.fromkeys(walk.tolist()))[:n]
        np.testing.assert_array_equal(node, first + [-1] * (n - len(first)))
        expected = np.zeros((n, n), bool)
        expected[: len(first), : len(first)] = dense()[np.ix_(first, first)]
        np.testing.assert_array_equal(adjacency, expected)


def test_an_isolated_node_is_alone_and_a_walk_stays_in_its_component(key):
    found = subgraphs(key, steps(), jnp.array([7, 2, 0]), n_nodes=8, length=200)
    node, adjacency = map(np.asarray, found)
    assert node[0].tolist() == [7] + [-1] * 7 and not adjacency[0].any()
    assert node[1].tolist() == [2, 6] + [-1] * 6 and adjacency[1].sum() == 2
    assert set(node[2]) == {0, 1, 3, 4, 5, -1} and adjacency[2].sum() == 10
    assert not np.asarray(positions(found.adjacency, 3))[0].any()  # It has no position.


def test_a_subgraph_of_one_node_is_the_seed(key):
    found = subgraphs(key, steps(), jnp.arange(N), n_nodes=1, length=5)
    np.testing.assert_array_equal(found.node[:, 0], np.arange(N))
    assert not np.asarray(positions(found.adjacency, 2)).any()


def test_positions_are_those_of_the_slow_twin_and_of_two_nodes_by_hand():
    component = [0, 1, 3, 4, 5]
    some = dense()[np.ix_(component, component)]
    pair = np.zeros((5, 5), bool)
    pair[0, 1] = pair[1, 0] = True  # D^-1/2 A D^-1/2 has the eigenvector (1, 1) of value 1.
    found = np.asarray(jax.jit(lambda x: positions(x, 7))(jnp.array([some, pair])))
    np.testing.assert_allclose(found[0], slow_positions(some, 7), atol=1e-5)
    np.testing.assert_array_equal(np.round(found[1], 5), [[1, *[0] * 6]] * 2 + [[0] * 7] * 3)


def test_renumbered_nodes_have_the_positions_of_before(key):
    rng = np.random.default_rng(0)
    upper = np.triu(rng.random((9, 9)) < 0.4, 1)
    adjacency, order = upper | upper.T, rng.permutation(9)
    both = jnp.array([adjacency, adjacency[np.ix_(order, order)]])
    found = np.asarray(positions(both, 5))
    assert (np.abs(found[0]).sum(0) > 1).sum() >= 3  # There is something to compare.
    np.testing.assert_allclose(found[1], found[0][order], atol=1e-4)
    signs = np.asarray(positions(both[:1], 5, key))[0]
    np.testing.assert_allclose(np.abs(signs), np.abs(found[0]), atol=1e-5)


def test_eigenvectors_of_repeated_eigenvalues_are_left_out():
    star = np.zeros((5, 5), bool)
    star[0, 1:] = star[1:, 0] = True  # Values 1, 0, 0, 0 and -1.
    found = np.asarray(positions(jnp.array([star]), 5))[0]
    np.testing.assert_allclose(found, [[1, 0, 0, 0, 0]] * 5, atol=1e-5)


def test_as_graph_sends_along_every_edge_and_pads_at_the_end(key):
    found = subgraphs(key, steps(), jnp.array([0, 7, 2]), n_nodes=6, length=64)
    graph, dropped = jax.jit(lambda f: as_graph(f, positions(f.adjacency, 2)))(found)
    used = np.asarray(graph.edges) > 0
    assert dropped == 0 and used.sum() == 12
    matrix = np.zeros((19, 19))
    np.add.at(matrix, (graph.receivers[used], graph.senders[used]), 1)
    expected = np.zeros((19, 19))
    for b, adjacency in enumerate(np.asarray(found.adjacency)):
        expected[6 * b : 6 * b + 6, 6 * b : 6 * b + 6] = adjacency
    np.testing.assert_array_equal(matrix, expected)
    assert (np.asarray(graph.senders)[~used] == 18).all()
    assert graph.n_node.tolist() == [6, 6, 6, 1] and graph.n_edge.tolist()[:3] == [10, 0, 2]
    assert int(jnp.sum(graph.n_edge)) == len(used)
    np.testing.assert_array_equal(graph.nodes.degree, expected.sum(1))
    assert np.flatnonzero(graph.nodes.is_seed).tolist() == [0, 6, 12]
    assert int(jnp.sum(graph.nodes.is_real)) == 5 + 1 + 2


def test_edges_without_room_are_counted():
    full = ~np.eye(8, dtype=bool)[None]
    found = Subgraphs(jnp.arange(8)[None], jnp.asarray(full))
    graph, dropped = as_graph(found, positions(found.adjacency, 2))
    assert int(dropped) == 56 - 32 and int(jnp.sum(graph.edges)) == 32


def test_one_graph_has_users_then_items():
    pairs = Interactions(np.int32([0, 1, 1]), np.int32([0, 0, 2]), n_users=2, n_items=3)
    lists = one_graph(pairs).lists
    assert lists.indptr.tolist() == [0, 1, 3, 5, 5, 6] and lists.indices.tolist() == [
        2, 2, 4, 0, 1, 1,
    ]  # fmt: skip


def test_sizes_out_of_range_are_refused(key):
    with pytest.raises(InputError, match="n_nodes is 9 and length 8; give 1 to 8 nodes"):
        subgraphs(key, steps(), jnp.arange(2), 9, 8)
