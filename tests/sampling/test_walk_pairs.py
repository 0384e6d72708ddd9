"""Pairs of nodes from walks, and GraphSAGE trained on them without labels."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Featured, transitions
from jaxrec.losses import negative_sampling
from jaxrec.models import graphsage_hops
from jaxrec.sampling import hops, walk_pairs, weighted_table
from jaxrec.sampling.hops import uniform
from jaxrec.train import objective, on_hops, rank, step
from tests.ops.walked import DIRECTED, END, ISOLATED, N, chances
from tests.sampling.small import assert_frequency, assert_law

WEIGHT = np.arange(1.0, N + 1)
TABLE = weighted_table(WEIGHT)


def test_pairs_follow_the_law_of_walks_and_negatives_their_table(key):
    n, length = 20_000, 3
    draw = jax.jit(lambda key: walk_pairs(key, DIRECTED, n, length, TABLE, 4))
    query, item, label, mask, _ = jax.tree.map(np.asarray, draw(key))
    starts = [node for node in range(N) if node not in (ISOLATED, END)]
    assert set(query) == set(starts)
    step = chances()
    place = (step + step @ step) / 2  # The first or the second node beyond the start.
    for start in starts:
        for target in range(N):
            count = np.sum((query == start) & mask[:, 0] & (item[:, 0] == target))
            assert_frequency(count, n, (start != target) * place[start, target] / len(starts))
    assert_law(item[:, 1:], WEIGHT / WEIGHT.sum())
    assert (mask == mask[:, :1]).all() and item.min() >= 0
    assert (label == [1, 0, 0, 0, 0]).all()


def test_graphsage_learns_two_cliques_without_labels_and_encodes_nodes_that_came_later(key):
    size, width = 6, 4
    ends = np.nonzero(np.kron(np.eye(2), 1 - np.eye(size)))
    graph, n_nodes = transitions(*ends, 2 * size), 2 * size
    side = np.arange(n_nodes) // size
    feature = np.random.default_rng(0).normal(size=(n_nodes + 2, 8)).astype(np.float32)
    feature[:n_nodes, 0] += 2 * side - 1  # One of the eight tells a little.
    feature[n_nodes:, 0] = 0
    model = graphsage_hops(8, dims=(16, 16))
    near = lambda lists: [uniform(lists, width)] * 2
    loss = on_hops(objective(model, rank=(1.0, rank(model, negative_sampling(2.0)))), near)
    init, update = step(loss, optax.adam(0.01))
    table = weighted_table(np.full(n_nodes, 5.0**0.75))
    data = Featured(jnp.asarray(feature[:n_nodes]), graph.lists)

    @jax.jit
    def train(key, data):
        def one(t, state):
            batch = walk_pairs(jax.random.fold_in(key, t), graph, 64, 5, table, 8)
            return update(state, data, batch)[0]

        return jax.lax.fori_loop(0, 300, one, init(model.init(key), key)).params

    params = train(key, data)
    # Two nodes come, each with four neighbors in one clique, and nothing is trained.
    new = np.stack([np.repeat([n_nodes, n_nodes + 1], 4), np.r_[0:4, 7:11]], axis=1)
    joined = np.concatenate([np.stack(ends, axis=1), new, new[:, ::-1]])
    grown = transitions(*joined.T, n_nodes + 2)
    every = jnp.arange(n_nodes + 2)
    block = hops(key, feature, near(grown.lists), every)
    z = np.asarray(model.encode(params, block).item)
    side = np.append(side, [0, 1])
    alike = z @ z.T
    within, between = side[:, None] == side, side[:, None] != side
    assert alike[within].mean() - alike[between].mean() > 0.5
    newcomers = alike[n_nodes:, :n_nodes]
    for row, own in zip(newcomers, side[n_nodes:], strict=True):
        assert row[side[:n_nodes] == own].mean() > row[side[:n_nodes] != own].mean() + 0.3


def test_a_walk_that_visits_nobody_is_refused(key):
    with pytest.raises(InputError, match="walks have 1 nodes; give 2 or more"):
        walk_pairs(key, DIRECTED, 4, 1, TABLE, 2)
