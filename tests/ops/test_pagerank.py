"""Three ways to the PageRank: each within its bound of the solved equation, so of each other."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import load, split
from jaxrec.graph import bipartite, forward_push, homogeneous, transitions, walk_graph
from jaxrec.ops import (
    global_pagerank,
    items_of_items,
    items_of_users,
    pagerank,
    prepare,
    walked_pagerank,
)
from tests.models.small import N_ITEMS, N_NODES, N_USERS, TRAIN
from tests.ops.walked import ALL, BOTH, DIRECTED, ISOLATED, N, chances, exact_pagerank
from tests.sampling.small import Z

ENDS = homogeneous(*ALL.T, N)
DIRECTED_GRAPH = ENDS._replace(edges=chances()[ENDS.senders, ENDS.receivers].astype(np.float32))
SOURCES = jnp.arange(N, dtype=jnp.int32)
ROUNDING = 1e-6


@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum"])
@pytest.mark.parametrize(("restart", "n_iterations"), [(0.15, 3), (0.15, 40), (0.5, 10)])
def test_power_iteration_keeps_its_bound(formulation, restart, n_iterations):
    graph = prepare(DIRECTED_GRAPH, formulation)
    compute = jax.jit(partial(pagerank, n_nodes=N, restart=restart, n_iterations=n_iterations))
    found = np.asarray(compute(graph, SOURCES), np.float64)
    exact = np.array([exact_pagerank(source, restart) for source in range(N)]).T
    assert (abs(found - exact).sum(0) <= 2 * (1 - restart) ** (n_iterations + 1) + ROUNDING).all()


@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum"])
def test_global_pagerank_keeps_its_bound(formulation):
    graph = prepare(walk_graph(*ALL.T, N), formulation)
    matrix = chances()
    matrix[matrix.sum(1) == 0] = 1 / N  # From a dead end to anywhere.
    for damping, n_iterations in ((0.85, 3), (0.85, 60), (0.5, 10)):
        exact = np.linalg.solve(np.eye(N) - damping * matrix.T, np.full(N, (1 - damping) / N))
        found = np.asarray(global_pagerank(graph, N, damping, n_iterations), np.float64)
        assert abs(found - exact).sum() <= 2 * damping ** (n_iterations + 1) + ROUNDING


def test_global_pagerank_is_the_mean_of_personal_ones_where_no_walk_ends():
    ends = ALL[(ALL < ISOLATED).all(1)]
    graph = prepare(walk_graph(*ends.T, ISOLATED), "bcsr")
    personal = pagerank(graph, jnp.arange(ISOLATED), ISOLATED, restart=0.15, n_iterations=80)
    found = global_pagerank(graph, ISOLATED, damping=0.85, n_iterations=80)
    np.testing.assert_allclose(found, np.mean(personal, axis=1), atol=ROUNDING)


def test_weights_of_r_0_are_the_chances_where_edges_go_both_ways():
    graph = homogeneous(*BOTH.T, N, r=0.0)
    np.testing.assert_allclose(graph.edges, chances(BOTH)[graph.senders, graph.receivers], 1e-6)


def test_walks_keep_their_bound(key):
    n_walks, length, restart = 2_000, 50, 0.2
    compute = jax.jit(
        partial(walked_pagerank, n_nodes=N, n_walks=n_walks, length=length, restart=restart)
    )
    found = np.asarray(compute(key, DIRECTED, SOURCES), np.float64)
    exact = np.array([exact_pagerank(source, restart) for source in range(N)])
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    assert (abs(found - exact) <= bound_of_walks(exact, n_walks, length, restart)).all()


def bound_of_walks(exact, n_walks, length, restart):
    """Bias of a walk that starts at its source, and ``Z`` deviations of a mean of shares."""
    bias = 2 / (restart * length)
    near_half = np.minimum(exact + bias, 0.5)
    return bias + Z * np.sqrt(near_half * (1 - near_half) / n_walks)


@pytest.mark.slow
def test_the_three_agree_on_gowalla(key, data_dir):
    train = split(load("gowalla", data_dir=str(data_dir)), valid_fraction=0.0).train
    graph, n_nodes, restart, eps = (
        bipartite(train, r=0.0),
        train.n_users + train.n_items,
        0.15,
        1e-7,
    )
    steps = transitions(graph.senders, graph.receivers, n_nodes)
    source = jnp.arange(0, n_nodes, 10_000, dtype=jnp.int32)
    by_power = np.asarray(
        pagerank(prepare(graph, "bcsr"), source, n_nodes, restart, n_iterations=60)
    ).T
    by_push = np.array([forward_push(steps.lists, int(node), restart, eps).mass for node in source])
    by_walks = np.asarray(walked_pagerank(key, steps, source, n_nodes, 2_000, 500, restart))
    degree = np.diff(steps.lists.indptr)
    of_power = 2 * (1 - restart) ** 61 + 1e-5  # Rounding of sums over 70,839 nodes.
    assert (by_power - by_push > -of_power).all()
    assert (by_power - by_push < eps * np.maximum(degree, 1) + of_power).all()
    assert (abs(by_walks - by_power) <= bound_of_walks(by_power, 2_000, 500, restart)).all()


@pytest.mark.parametrize("n_users", [N_USERS, None], ids=["halves", "whole"])
def test_the_items_part_is_that_of_the_whole(n_users):
    graph = bipartite(TRAIN, r=0.0)
    halves, whole = prepare(graph, "bcsr", n_users=n_users), prepare(graph, "bcsr")
    sizes = {"n_users": N_USERS, "n_items": N_ITEMS, "restart": 0.3, "n_rounds": 40}
    linked = jnp.arange(3)  # User 3 has no items; a walk from there stays.
    expected = pagerank(whole, linked, N_NODES, 0.3, n_iterations=80)[N_USERS:]
    np.testing.assert_allclose(items_of_users(halves, linked, **sizes), expected, atol=ROUNDING)
    expected = pagerank(whole, N_USERS + linked, N_NODES, 0.3, n_iterations=80)[N_USERS:]
    np.testing.assert_allclose(items_of_items(halves, linked, **sizes), expected, atol=ROUNDING)


def test_what_some_rounds_leave_out_keeps_its_bound():
    graph, user = prepare(bipartite(TRAIN, r=0.0), "bcsr", n_users=N_USERS), jnp.arange(3)
    ask = lambda n_rounds: np.asarray(items_of_users(graph, user, N_USERS, N_ITEMS, 0.3, n_rounds))
    for n_rounds in (1, 2, 5):
        missing = (ask(60) - ask(n_rounds)).sum(0)
        assert (missing <= 0.7 ** (2 * n_rounds + 1) + ROUNDING).all() and (missing > 0).all()


def test_bad_input_is_refused(key):
    graph = prepare(DIRECTED_GRAPH, "bcsr")
    with pytest.raises(InputError, match="restart is 0.0; give a chance between 0 and 1"):
        pagerank(graph, SOURCES, N, restart=0.0)
    with pytest.raises(InputError, match="damping is 1.0; give a chance between 0 and 1"):
        global_pagerank(graph, N, damping=1.0)
    with pytest.raises(InputError, match="restart is 1.5"):
        walked_pagerank(key, DIRECTED, SOURCES, N, 1, 2, restart=1.5)
    with pytest.raises(InputError, match="n_rounds is 0; give 1 or more"):
        items_of_users(graph, SOURCES, N_USERS, N_ITEMS, 0.5, 0)
