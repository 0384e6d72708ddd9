"""The user-item graph against the dense formula."""

import time

import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Interactions, contiguous, power_law, read_adjacency
from jaxrec.graph import bipartite

N_USERS, N_ITEMS = 4, 5
N_NODES = N_USERS + N_ITEMS
SECONDS = 3.0
"""For Gowalla's 1.6 million directed edges; 0.07 s measured on two cores, 69 s in LightGCN's
reference code."""


def interactions(pairs):
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    return Interactions(user, item, N_USERS, N_ITEMS)


def dense(graph):
    """The adjacency with receivers in rows; parallel edges would add up."""
    n_nodes = int(graph.n_node.sum())
    matrix = np.zeros((n_nodes, n_nodes))
    np.add.at(matrix, (graph.receivers, graph.senders), graph.edges)
    return matrix


@given(
    st.lists(
        st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)),
        min_size=1,
        max_size=40,
    )
)
def test_equals_the_dense_symmetric_normalization(pairs):
    likes = np.zeros((N_USERS, N_ITEMS))
    likes[tuple(np.transpose(pairs))] = 1  # Repeated pairs count once.
    a = np.block([[np.zeros((N_USERS, N_USERS)), likes], [likes.T, np.zeros((N_ITEMS, N_ITEMS))]])
    degree = a.sum(1)
    root = np.diag(np.divide(1, np.sqrt(degree), out=np.zeros(N_NODES), where=degree > 0))
    graph = bipartite(interactions(pairs))
    np.testing.assert_allclose(dense(graph), root @ a @ root, rtol=1e-6)
    assert graph.n_edge.tolist() == [len(graph.senders)] == [a.sum()]
    assert graph.n_node.tolist() == [N_NODES]


@given(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.booleans())
def test_r_is_the_receivers_exponent_and_a_self_loop_counts_in_the_degree(r, self_loops):
    likes = np.array([[1, 1, 0, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 0, 0]])
    a = np.block([[np.zeros((N_USERS, N_USERS)), likes], [likes.T, np.zeros((N_ITEMS, N_ITEMS))]])
    a += self_loops * np.eye(N_NODES)
    degree = np.maximum(a.sum(1), 1)  # Rows of no edge stay zero.
    graph = bipartite(interactions(np.argwhere(likes)), r=r, self_loops=self_loops)
    expected = np.diag(degree**-r) @ a @ np.diag(degree ** (r - 1))
    np.testing.assert_allclose(dense(graph), expected, rtol=1e-6)


def test_weights_of_interactions_are_added_and_make_the_degrees():
    pairs, weight = [(0, 0), (0, 2), (1, 2), (0, 2)], np.array([5.0, 1.0, 4.0, 2.0])
    likes = np.zeros((N_USERS, N_ITEMS))
    np.add.at(likes, tuple(np.transpose(pairs)), weight)
    a = np.block([[np.zeros((N_USERS, N_USERS)), likes], [likes.T, np.zeros((N_ITEMS, N_ITEMS))]])
    degree = np.where(a.sum(1) > 0, a.sum(1), 1)
    graph = bipartite(interactions(pairs), r=0.3, weight=weight)
    expected = np.diag(degree**-0.3) @ a @ np.diag(degree**-0.7)
    np.testing.assert_allclose(dense(graph), expected, rtol=1e-6)


def test_an_exponent_outside_of_0_to_1_is_refused():
    with pytest.raises(InputError, match="r is 1.5; give 0 to 1"):
        bipartite(interactions([(0, 0)]), r=1.5)


def test_edges_come_by_receiver_then_by_sender():
    graph = bipartite(interactions([(3, 4), (0, 2), (3, 0), (1, 2), (0, 0)]))
    order = np.lexsort((graph.senders, graph.receivers))
    np.testing.assert_array_equal(order, np.arange(len(order)))


def test_weights_are_the_same_in_both_directions_to_the_bit():
    a = dense(bipartite(interactions([(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (3, 1)])))
    np.testing.assert_array_equal(a, a.T)


def test_a_node_without_interactions_has_no_edge():
    graph = bipartite(interactions([(0, 0), (2, 3)]))
    assert set(graph.receivers.tolist()) == {0, 2, N_USERS + 0, N_USERS + 3}


def test_no_interactions_are_refused():
    with pytest.raises(InputError, match="no edges: 0 interactions given, at least 1 needed"):
        bipartite(interactions([]))


def test_more_nodes_than_ids_are_refused():
    likes = Interactions(np.int32([0]), np.int32([0]), n_users=2**31, n_items=1)
    expected = "2,147,483,649 nodes do not fit 32-bit ids, 2,147,483,647 at most; drop users"
    with pytest.raises(InputError, match=expected):
        bipartite(likes)


def test_more_edges_than_ids_are_refused():
    likes = Interactions(np.int32([0]), np.int32([0]), n_users=1, n_items=1)
    object.__setattr__(likes, "user", np.broadcast_to(likes.user, 2**30))  # Takes no memory.
    with pytest.raises(InputError, match="2,147,483,648 directed edges do not fit 32-bit ids"):
        bipartite(likes)


def test_arrays_stay_on_the_host():
    graph = bipartite(interactions([(0, 0)]))
    assert all(type(array) is np.ndarray for array in (graph.senders, graph.edges, graph.n_node))


def gowalla(data_dir):
    frame = read_adjacency(data_dir / "gowalla" / "train.txt")
    user, _ = contiguous(frame["user"])
    item, _ = contiguous(frame["item"])
    return Interactions(user, item, int(user.max()) + 1, int(item.max()) + 1)


def seconds(interactions):
    start = time.process_time()
    graph = bipartite(interactions)
    return time.process_time() - start, graph


def test_a_power_law_of_the_size_of_gowalla_is_built_in_time():
    elapsed, graph = seconds(power_law(n_users=29_858, n_items=40_981, n_edges=810_128))
    assert len(graph.senders) > 1_600_000
    assert elapsed < SECONDS


def test_gowalla_is_built_in_time(data_dir):
    elapsed, graph = seconds(gowalla(data_dir))
    assert len(graph.senders) == 1_620_256  # Twice the interactions of the published split.
    assert elapsed < SECONDS
