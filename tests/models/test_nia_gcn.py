"""NIA-GCN against loops over walks and over pairs of them."""

import itertools

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import bipartite
from jaxrec.models import mf, nia_gcn
from jaxrec.models.nia_gcn import Walks
from jaxrec.ops import prepare
from tests.models.small import DIM, N_ITEMS, N_USERS, TRAIN, stacked

GRAPH = bipartite(TRAIN)


def walks_graph(formulation="segment_sum", n_users=None):
    form = lambda graph: prepare(graph, formulation, n_users=n_users)
    return Walks(form(GRAPH), form(GRAPH._replace(edges=GRAPH.edges**2)))


def walks(node, n_steps):
    """All walks from ``node``: pairs of their end and the product of their weights."""
    if n_steps == 0:
        return [(node, 1.0)]
    found = []
    for edge in np.flatnonzero(GRAPH.receivers == node):
        beyond = walks(int(GRAPH.senders[edge]), n_steps - 1)
        found += [(end, float(GRAPH.edges[edge]) * weight) for end, weight in beyond]
    return found


def by_loops(params, n_layers, center=False):
    """Node by node, walk by walk, pair by pair."""
    ego = stacked(params)
    rows = []
    for node in range(len(ego)):
        kind = "user" if node < N_USERS else "item"
        blocks = [ego[node]]
        for depth in range(1, n_layers + 1):
            weights = jax.tree.map(np.float64, params[f"depth_{depth}"])
            ends = [
                weight * (ego[end] @ weights[f"neighbor_of_{kind}"])
                for end, weight in walks(node, depth)
            ]
            pairs = sum((a * b for a, b in itertools.combinations(ends, 2)), np.zeros(DIM))
            inputs = [sum(ends, np.zeros(DIM)), pairs] + ([ego[node]] if center else [])
            x = np.tanh(np.concatenate(inputs) @ weights[f"mix_of_{kind}"])
            blocks.append(np.tanh(x @ weights[f"top_of_{kind}"]) if center else x)
        blocks += [a * b for a, b in itertools.combinations(blocks, 2)]
        rows.append(np.concatenate(blocks))
    return np.array(rows)


@pytest.mark.parametrize("formulation", ["segment_sum", "bcsr", "halves"])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_equals_loops_over_walks_and_their_pairs(key, n_layers, formulation):
    halves = formulation == "halves"
    graph = walks_graph("bcsr" if halves else formulation, N_USERS if halves else None)
    model = nia_gcn(N_USERS, N_ITEMS, DIM, n_layers, init_scale=1.0)
    params = model.init(key)
    reps = jax.jit(model.encode)(params, graph)
    expected = by_loops(params, n_layers)
    assert expected.shape[1] == DIM * (n_layers + 1) * (n_layers + 2) // 2
    # Pairs are small differences of large squares, so their rounding is relative to those.
    np.testing.assert_allclose(np.concatenate(reps), expected, rtol=1e-4, atol=1e-5)


def test_the_center_is_an_input_of_two_dense_layers(key):
    model = nia_gcn(N_USERS, N_ITEMS, DIM, 2, init_scale=1.0, center=True)
    params = model.init(key)
    reps = jax.jit(model.encode)(params, walks_graph("bcsr", N_USERS))
    expected = by_loops(params, 2, center=True)
    np.testing.assert_allclose(np.concatenate(reps), expected, rtol=1e-4, atol=1e-5)


def test_no_layers_is_matrix_factorization(key):
    model, plain = (build(N_USERS, N_ITEMS, DIM) for build in (lambda *s: nia_gcn(*s, 0), mf))
    params = model.init(key)
    expected = plain.encode(params)
    jax.tree.map(np.testing.assert_array_equal, model.encode(params, walks_graph()), expected)


def test_users_and_items_and_depths_have_weights_of_their_own(key):
    params = nia_gcn(N_USERS, N_ITEMS, DIM, n_layers=2).init(key)
    matrices = [
        params[f"depth_{depth}"][f"mix_of_{k}"] for depth in (1, 2) for k in ("user", "item")
    ]
    assert all((a != b).all() for a, b in itertools.combinations(matrices, 2))


def test_negative_layers_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        nia_gcn(N_USERS, N_ITEMS, n_layers=-1)
