"""Training on blocks against the whole graph."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch
from jaxrec.graph import Featured
from jaxrec.losses import max_margin, positive_first
from jaxrec.models import pinsage
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling import full_neighborhood
from jaxrec.sampling.hops import by_table
from jaxrec.train import objective, on_hops, rank

N, T, F = 9, 3, 4
SENDER = np.array([[(n + step) % N for step in (1, 3, 8)] for n in range(N)], np.int32)
WEIGHT = np.tile(np.array([[0.5, 0.3, 0.2]], np.float32), (N, 1))
TABLE = ImportanceNeighbors(jnp.asarray(SENDER), jnp.asarray(WEIGHT))
FEATURE = jax.random.normal(jax.random.key(3), (N, F))
MODEL = pinsage(F, dim=32, hidden_dim=32)  # In a narrow one ReLU hides some edges.
LOSS = objective(MODEL, rank=(1.0, rank(MODEL, positive_first(max_margin(1.0)))))
QUERY, TARGET = [0, 4], [1, 3]  # Both are neighbors, one each way.
SHARED = Batch(
    query=jnp.array(QUERY),
    item=jnp.array([1, 3, 8, 6]),
    label=jnp.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]),
    mask=jnp.array([[True, False, True, True], [False, True, True, False]]),
)
LISTED = Batch(
    query=jnp.array(QUERY),
    item=jnp.array([[8, 1, 6], [3, 8, 0]]),
    label=jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    mask=jnp.array([[True, True, True], [True, True, False]]),
)


def without_their_edges():
    weight = WEIGHT.copy()
    for query, target in zip(QUERY, TARGET, strict=True):
        weight[query][SENDER[query] == target] = 0
        weight[target][SENDER[target] == query] = 0
    assert (weight == 0).sum() == 4
    return ImportanceNeighbors(
        TABLE.sender, jnp.asarray(weight / weight.sum(axis=1, keepdims=True))
    )


@pytest.mark.parametrize("batch", [SHARED, LISTED], ids=["shared", "listed"])
def test_the_loss_is_that_of_the_whole_graph_without_edges_to_targets(key, batch):
    params = MODEL.init(key)
    loss = on_hops(LOSS, lambda table: [by_table(table)] * 2)
    whole_graph = full_neighborhood(FEATURE, [without_their_edges()] * 2)
    found = value_and_slope(loss, params, Featured(FEATURE, TABLE), batch, key)
    expected = value_and_slope(LOSS, params, whole_graph, batch, key)
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    jax.tree.map(close, found, expected)


def value_and_slope(loss, *arguments):
    (value, _), slope = jax.jit(jax.value_and_grad(loss, has_aux=True))(*arguments)
    return value, slope
