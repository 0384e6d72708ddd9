"""Important neighbors against counts of the same walks."""

from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import importance_neighbors, walks
from tests.ops.walked import DIRECTED, ISOLATED, UNDIRECTED, N

NODES = np.arange(N, dtype=np.int32)


def counted_by_hand(key, graph, node, width, n_walks, length, restart, counted):
    found = np.asarray(walks(key, graph, jnp.repeat(node, n_walks), length, restart))
    for row, own in zip(found.reshape(len(node), -1, length), node.tolist(), strict=True):
        visits = [v for v in row[:, 1:].ravel().tolist() if v >= 0 and v != own and counted[v]]
        yield sorted(Counter(visits).items(), key=lambda pair: (-pair[1], pair[0]))[:width]


@pytest.mark.parametrize("restart", [0.0, 0.5])
@pytest.mark.parametrize("some", [False, True], ids=["all nodes", "some nodes"])
def test_are_the_most_visited_nodes_with_their_shares(key, restart, some):
    counted = np.arange(N) % 3 > 0 if some else np.ones(N, bool)
    shape = {"width": 4, "n_walks": 7, "length": 6, "restart": restart}
    ask = jax.jit(partial(importance_neighbors, **shape))
    found = ask(key, DIRECTED, NODES, counted=counted if some else None)
    expected = list(counted_by_hand(key, DIRECTED, NODES, counted=counted, **shape))
    for sender, weight, best in zip(found.sender.tolist(), found.weight, expected, strict=True):
        total = sum(count for _, count in best)
        missing = [0] * (4 - len(best))
        assert sender == [node for node, _ in best] + missing
        np.testing.assert_allclose(weight, [c / total for _, c in best] + missing, rtol=1e-6)


def test_a_node_that_reaches_nothing_has_none(key):
    ask = jax.jit(partial(importance_neighbors, width=3, n_walks=4, length=5))
    found = ask(key, UNDIRECTED, np.array([ISOLATED, 0]))
    assert found.mask.tolist()[0] == [False] * 3 and found.mask.tolist()[1][0]
    np.testing.assert_allclose(np.sum(found.weight, 1), [0, 1], rtol=1e-6)


def test_more_neighbors_than_visits_are_refused(key):
    with pytest.raises(InputError, match="9 neighbors of 4 walks of 3 nodes, which visit 8"):
        importance_neighbors(key, UNDIRECTED, jnp.asarray(NODES), 9, n_walks=4, length=3)
