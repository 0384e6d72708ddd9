"""Graphs of one kind of node against the dense formula."""

import inspect

import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.graph import homogeneous
from jaxrec.graph.homogeneous import summed

N = 6
PAIRS = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), min_size=1, max_size=20)


@given(PAIRS, st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.booleans())
def test_equals_the_dense_normalization(pairs, r, self_loops):
    senders, receivers = np.transpose([*pairs, *(pair[::-1] for pair in pairs)])
    a = np.zeros((N, N))
    a[receivers, senders] = 1  # Repeated edges count once, and a loop once beside self_loops.
    a = np.maximum(a, self_loops * np.eye(N))
    degree = np.maximum(a.sum(1), 1)
    graph = homogeneous(senders, receivers, N, r, self_loops)
    dense = np.zeros((N, N))
    np.add.at(dense, (graph.receivers, graph.senders), graph.edges)
    np.testing.assert_allclose(dense, np.diag(degree**-r) @ a @ np.diag(degree ** (r - 1)), 1e-6)
    order = np.lexsort((graph.senders, graph.receivers))
    np.testing.assert_array_equal(order, np.arange(len(order)))


def test_weights_of_edges_are_added_and_make_the_degrees():
    senders, receivers = np.array([0, 1, 1, 2, 1]), np.array([1, 0, 2, 1, 0])
    weight = np.array([3.0, 1.0, 0.5, 0.5, 2.0])
    a = np.array([[0, 3, 0], [3, 0, 0.5], [0, 0.5, 0]])
    for self_loops in (False, True):
        looped = a + self_loops * np.eye(3)
        degree = looped.sum(1)
        graph = homogeneous(senders, receivers, 3, 0.3, self_loops, weight)
        dense = np.zeros((3, 3))
        np.add.at(dense, (graph.receivers, graph.senders), graph.edges)
        expected = np.diag(degree**-0.3) @ looped @ np.diag(degree**-0.7)
        np.testing.assert_allclose(dense, expected, rtol=1e-6)


def test_an_edge_of_one_direction_has_a_finite_weight():
    graph = homogeneous(np.array([0]), np.array([1]), n_nodes=2, r=0.0)
    assert graph.edges.tolist() == [1.0]


def test_bad_input_is_refused():
    one, two = np.array([1]), np.array([2])
    with pytest.raises(InputError, match="no edges: 0 given"):
        homogeneous(one[:0], one[:0], n_nodes=2)
    with pytest.raises(InputError, match="receivers hold 2; give 0 to 1, the nodes"):
        homogeneous(one, two, n_nodes=2)
    for weight in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=f"an edge weighs {weight}; give finite weights above"):
            homogeneous(one, one, n_nodes=2, weight=np.array([weight]))
    with pytest.raises(InputError, match="2 weights for 1 edges; give one weight an edge"):
        inspect.unwrap(summed)(one, one, (2, 2), np.ones(2))
    with pytest.raises(InputError, match="r is -1.0; give 0 to 1"):
        homogeneous(one, one, n_nodes=2, r=-1.0)
