"""Chunks of edges: any size of chunk gives the same product, in little memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.ops import prepare, propagate
from jaxrec.ops.propagate.adjacency import matrix
from jaxrec.ops.propagate.chunks import chunks
from tests.ops.propagate.graphs import assert_close, dense, directed, make, sample, tables


@pytest.mark.parametrize("size", [1, 3, 4, 10, 100])
def test_chunks_of_any_size_give_the_product(size):
    graph = sample(directed)  # Ten distinct edges.
    x = tables(8, seed=0)[0, 0]
    laid = chunks(matrix(graph), size)
    assert laid.senders.shape[1] <= size
    assert laid.senders.size - 10 < laid.senders.shape[0]  # Less than a slot of padding each.
    assert_close(laid.times(x), dense(graph) @ x)


def test_memory_does_not_grow_with_edges_times_width():
    n_nodes, n_edges, dim = 512, 1 << 18, 64
    ends = np.random.default_rng(0).permutation(n_nodes**2)[:n_edges]
    prepared = prepare(make(ends // n_nodes, ends % n_nodes, None, n_nodes), "chunked")
    half_square = lambda x, graph: jnp.sum(propagate(x, graph) ** 2) / 2
    both = jax.jit(jax.value_and_grad(half_square))
    compiled = both.lower(jnp.ones((n_nodes, dim)), prepared).compile()
    messages = 4 * n_edges * dim  # Bytes of one [E, d] array; a chunk is a sixteenth.
    assert compiled.memory_analysis().temp_size_in_bytes < messages / 8
