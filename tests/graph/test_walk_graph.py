"""Graphs that carry the chances of a walk's steps."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import walk_graph
from tests.models.small import dense
from tests.ops.walked import ALL, WEIGHT, N, chances


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["uniform", "by weight"])
def test_edges_carry_the_chances_of_directed_steps(weight):
    graph = walk_graph(*ALL.T, N, weight)
    np.testing.assert_allclose(dense(graph), chances(ALL, weight).T, rtol=1e-6)
    order = np.lexsort((graph.senders, graph.receivers))
    np.testing.assert_array_equal(order, np.arange(len(order)))


def test_repeated_edges_count_once_or_by_their_sum():
    ends = np.array([0, 0, 0]), np.array([1, 1, 2])
    assert walk_graph(*ends, 3).edges.tolist() == [0.5, 0.5]
    assert walk_graph(*ends, 3, np.array([1.0, 2.0, 1.0])).edges.tolist() == [0.75, 0.25]


def test_bad_input_is_refused():
    one = np.array([1])
    with pytest.raises(InputError, match="no edges: 0 given"):
        walk_graph(one[:0], one[:0], n_nodes=2)
    with pytest.raises(InputError, match="senders hold 1; give 0 to 0, the nodes"):
        walk_graph(one, one, n_nodes=1)
    with pytest.raises(InputError, match="an edge weighs -1.0; give finite weights above 0"):
        walk_graph(one, one, 2, np.array([-1.0]))
