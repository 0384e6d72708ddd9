"""Session graphs against sets of pairs, and widths that change nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.ops import by_width, latest, session_graphs
from tests.models.in_sessions import query

LISTS = [[3], [2, 2, 7], [5, 1, 5, 1, 6, 1, 5], [0, 4, 0, 0, 4], []]


def by_sets(items):
    """Weights of the distinct pairs of consecutive items, by items."""
    pairs = set(zip(items, items[1:], strict=False))
    incoming = {pair: 1 / sum(other[1] == pair[1] for other in pairs) for pair in pairs}
    outgoing = {pair: 1 / sum(other[0] == pair[0] for other in pairs) for pair in pairs}
    return incoming, outgoing


@pytest.mark.parametrize("width", [7, 12])
def test_edges_are_the_distinct_pairs_of_consecutive_items(width):
    graph, node = session_graphs(query(LISTS, width))
    ends = np.asarray(graph.nodes)[graph.senders], np.asarray(graph.nodes)[graph.receivers]
    for row, items in enumerate(LISTS):
        edges = slice(row * (width - 1), (row + 1) * (width - 1))
        for weights, expected in zip(graph.edges, by_sets(items), strict=True):
            pairs = zip(*(end[edges].tolist() for end in ends), strict=True)
            found = zip(pairs, np.asarray(weights)[edges].tolist(), strict=True)
            found = {pair: weight for pair, weight in found if weight}
            assert found == pytest.approx(expected)


def test_a_repeated_item_is_one_node_of_its_own_session():
    width = 7
    graph, node = session_graphs(query(LISTS, width))
    for row, items in enumerate(LISTS):
        nodes = np.asarray(node)[row, : len(items)]
        assert np.asarray(graph.nodes)[nodes].tolist() == items
        assert len(set(nodes.tolist())) == len(set(items))
        assert all(row * width <= one < (row + 1) * width for one in nodes)
    assert graph.n_node.tolist() == [width] * 5 and graph.n_edge.tolist() == [width - 1] * 5


def test_sessions_of_one_column_have_no_edges():
    graph, node = session_graphs(query([[4], [2]], width=1))
    assert graph.senders.shape == (0,) and node.tolist() == [[0], [1]]


def test_the_latest_items_keep_their_order():
    queries = query(LISTS)
    for n in (1, 3, 7, 9):
        found = latest(queries, n)
        rows = [np.asarray(i)[np.asarray(m)].tolist() for i, m in zip(*found, strict=True)]
        assert rows == [items[-n:] for items in LISTS]


def test_no_wider_columns_are_computed_than_the_batch_needs():
    """The function's own width shows which branch ran; values and gradients know none."""

    def of_sessions(scale, queries):
        width = jnp.full(len(queries.item), queries.item.shape[1], jnp.float32)
        return jnp.stack([scale * jnp.sum(queries.item * queries.mask, axis=1), width], axis=1)

    @jax.jit
    def run(scale, queries):
        value, pull = jax.vjp(lambda scale: by_width(of_sessions, scale, queries), scale)
        return value, pull(jnp.ones_like(value).at[:, 1].set(0))[0]

    for longest, width in ((1, 8), (8, 8), (9, 32), (33, 40)):
        lists = [list(range(longest)), [5, 6][:longest]]
        value, slope = run(2.0, query(lists, width=40))
        assert value.tolist() == [[2.0 * sum(items), width] for items in lists]
        assert slope == sum(map(sum, lists))
