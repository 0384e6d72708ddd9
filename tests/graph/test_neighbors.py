"""Neighbor tables against sets, and the law of their draws."""

import time

import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Interactions, power_law
from jaxrec.graph import bipartite, neighbors

N_USERS, N_ITEMS = 4, 5
PAIRS = st.lists(
    st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)), min_size=1, max_size=30
)
SECONDS = 3.0
"""For a graph of the size of Gowalla."""


def graph_of(pairs):
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    return bipartite(Interactions(user, item, N_USERS, N_ITEMS))


@given(PAIRS, st.integers(1, 6), st.integers(0, 3))
def test_every_node_has_distinct_senders_and_all_of_them_if_they_fit(pairs, width, seed):
    graph = graph_of(pairs)
    index, mask = neighbors(graph, width, seed)
    assert index.shape == mask.shape == (N_USERS + N_ITEMS, width)
    for node in range(N_USERS + N_ITEMS):
        senders = set(graph.senders[graph.receivers == node].tolist())
        row = index[node, mask[node]].tolist()
        assert row == sorted(set(row)) and set(row) <= senders
        assert len(row) == min(width, len(senders))
        assert mask[node, : len(row)].all()  # Padding stands at the end.


@given(PAIRS, st.integers(0, 3))
def test_the_order_of_edges_changes_no_draw(pairs, seed):
    graph = graph_of(pairs)
    order = np.random.default_rng(seed).permutation(len(graph.senders))
    moved = graph._replace(senders=graph.senders[order], receivers=graph.receivers[order])
    for one, other in zip(neighbors(graph, 2), neighbors(moved, 2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_neighbors_are_drawn_uniformly():
    n, width, n_items = 4_000, 2, 5
    user = np.repeat(np.arange(n, dtype=np.int32), n_items)  # Every user has every item.
    item = np.tile(np.arange(n_items, dtype=np.int32), n)
    index, _ = neighbors(bipartite(Interactions(user, item, n, n_items)), width, seed=1)
    pairs, counts = np.unique(index[:n] - n, axis=0, return_counts=True)
    assert len(pairs) == 10  # Pairs out of five.
    assert (abs(counts / n - 1 / 10) < 5 * np.sqrt(0.09 / n)).all()


def test_the_seed_decides_the_draw():
    graph = bipartite(power_law(n_users=50, n_items=40, n_edges=600))
    once, again, other = (neighbors(graph, 3, seed).sender for seed in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


def test_a_width_below_1_is_refused():
    with pytest.raises(InputError, match="width of the neighbor table is 0; give 1"):
        neighbors(graph_of([(0, 0)]), width=0)


def test_a_graph_of_the_size_of_gowalla_is_drawn_in_time():
    graph = bipartite(power_law(n_users=29_858, n_items=40_981, n_edges=810_128))
    start = time.process_time()  # Whatever else the machine does.
    index, _ = neighbors(graph, width=25)
    assert time.process_time() - start < SECONDS
    assert index.shape == (70_839, 25) and index.dtype == np.int32
