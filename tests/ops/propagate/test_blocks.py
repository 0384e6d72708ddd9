"""Blocks of senders: as many as pay, and any number gives the same product."""

import pytest

from jaxrec.ops.propagate import blocks as module
from jaxrec.ops.propagate.adjacency import matrix
from jaxrec.ops.propagate.blocks import Blocks, blocks
from jaxrec.ops.propagate.rows import Rows
from tests.ops.propagate.graphs import assert_close, dense, directed, sample, tables


@pytest.mark.parametrize("block, n_blocks", [(5, 1), (4, 2), (3, 2), (2, 4), (1, 8)])
def test_blocks_are_of_at_least_their_size_and_give_the_product(block, n_blocks, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    monkeypatch.setattr(module, "EDGES", 0.1)
    graph = sample(directed)
    x, laid = tables(8, seed=0)[0, 0], blocks(matrix(graph))
    parts = laid.parts if isinstance(laid, Blocks) else [laid]
    assert len(parts) == n_blocks
    assert_close(laid.times(x), dense(graph) @ x)


def test_a_graph_of_few_edges_a_receiver_is_not_cut(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 1)
    graph = sample(directed)  # Ten distinct edges, eight receivers.
    assert isinstance(blocks(matrix(graph)), Rows)
