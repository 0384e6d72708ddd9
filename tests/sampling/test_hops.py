"""Hops against the sets of algorithm 2."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import transitions
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling import full_neighborhood, hops as sample_hops, host_hops
from jaxrec.sampling.hops import by_table, uniform

N, T = 40, 3
RNG = np.random.default_rng(3)
SENDER = RNG.integers(0, N, (N, T)).astype(np.int32)
WEIGHT = RNG.random((N, T)).astype(np.float32) * (np.arange(T) < RNG.integers(0, T + 1, N)[:, None])
WEIGHT /= np.maximum(WEIGHT.sum(axis=1, keepdims=True), 1e-9)
TABLE = ImportanceNeighbors(SENDER, WEIGHT)
FEATURE = np.arange(N, dtype=np.float32)[:, None]  # Tells which node a row is.
SEED = np.int32([7, 3, 7, 31])


@jax.jit
def jitted_hops(key, feature, tables, seed, apart=None):
    return sample_hops(key, feature, [by_table(table) for table in tables], seed, apart)


def nodes_by_set(block):
    """Nodes of the rows of S^(0), S^(1), ..."""
    sets = [np.asarray(block.feature)[:, 0].astype(int)]
    for hop in block.hop:
        sets.append(sets[-1][hop.own])
    return sets


def edges(block, k):
    """``{(node, neighbor): weight}`` of what layer k reads, for nodes that count."""
    before, after = nodes_by_set(block)[k : k + 2]
    _, senders, weights = map(np.asarray, block.hop[k])
    found = {}
    for row, node in enumerate(after):
        for sender, weight in zip(senders[row], weights[row], strict=True):
            if weight > 0:
                ends = int(node), int(before[sender])
                found[ends] = max(found.get(ends, 0), float(weight))
    return found


def test_sets_are_those_of_algorithm_2_and_hold_every_node_once(key):
    block = jitted_hops(key, FEATURE, [TABLE] * 2, SEED)
    wanted = {7, 3, 31}
    for nodes in reversed(nodes_by_set(block)):
        assert wanted <= set(nodes) <= wanted | {0} | set(SENDER[0]) | {*SENDER[SENDER[0]].ravel()}
        kept, padding = np.split(nodes, [np.argmax(nodes) + 1])
        assert (np.diff(kept) > 0).all() and not padding.any()
        wanted |= set(SENDER[sorted(wanted)].ravel())
    last = nodes_by_set(block)[-1]
    assert last[block.seed].tolist() == SEED.tolist()


def test_every_node_has_its_own_neighbors_and_weights(key):
    block = jitted_hops(key, FEATURE, [TABLE] * 2, SEED)
    for k in range(2):
        for (node, sender), weight in edges(block, k).items():
            assert weight in WEIGHT[node][SENDER[node] == sender]
        for node in set(nodes_by_set(block)[k + 1]):
            senders = {sender for owner, sender in edges(block, k) if owner == node}
            assert senders == set(SENDER[node][WEIGHT[node] > 0])


def test_edges_between_queries_and_targets_are_in_no_layer_and_others_share_their_weight(key):
    heavy = np.argsort(-(WEIGHT > 0).sum(axis=1))[:6]  # Items with neighbors to lose.
    query, target = heavy, SENDER[heavy, 0]
    block = jitted_hops(key, FEATURE, [TABLE] * 2, np.r_[query, target], (query, target))
    cut = {*zip(query, target, strict=True), *zip(target, query, strict=True)}
    for k in range(2):
        found = edges(block, k)
        assert found and not cut & set(found)
        for node in {owner for owner, _ in found} | set(query.tolist()):
            left = [(v, w) for v, w in zip(SENDER[node], WEIGHT[node], strict=True)]
            left = [w for v, w in left if (node, v) not in cut and w > 0]
            rows = np.flatnonzero(nodes_by_set(block)[k + 1] == node)[:1]
            expected = np.array(left) / sum(left) if left else np.array([])
            weight = np.asarray(block.hop[k].weight)[rows[0]] if len(rows) else expected
            np.testing.assert_allclose(weight[weight > 0], expected, rtol=1e-5)


def test_both_directions_between_a_query_and_its_target_are_cut(key):
    """A ring: every node has both neighbors, so that each pair has an edge either way."""
    sender = np.array([[(n - 1) % N, (n + 1) % N] for n in range(N)], np.int32)
    ring = ImportanceNeighbors(sender, np.full((N, 2), 0.5, np.float32))
    query, target = np.array([3, 11]), np.array([4, 10])
    block = jitted_hops(key, FEATURE, [ring] * 2, np.r_[query, target], (query, target))
    for k in range(2):
        found = edges(block, k)
        for one, other in (*zip(query, target, strict=True), *zip(target, query, strict=True)):
            left = one + (one - other)  # The neighbor on the other side has all the weight.
            assert {pair: w for pair, w in found.items() if pair[0] == one} == {(one, left): 1.0}


def test_all_seeds_with_all_neighbors_are_the_whole(key):
    tables = [TABLE, ImportanceNeighbors(TABLE.sender[:, :2], TABLE.weight[:, :2])]
    block = jitted_hops(key, FEATURE, tables, np.arange(N))
    jax.tree.map(np.testing.assert_array_equal, block, full_neighborhood(FEATURE, tables))


def test_other_seeds_compile_nothing(key):
    @jax.jit
    @chex.assert_max_traces(n=1)
    def block(seed):
        return sample_hops(key, FEATURE, [by_table(TABLE)] * 2, seed)

    shapes = [jax.tree.map(jnp.shape, block(SEED + n)) for n in range(3)]
    assert shapes[0] == shapes[1] == shapes[2]


def test_uniform_neighbors_come_equally_often_and_none_where_there_are_none(key):
    lists = transitions(np.array([0, 0, 0, 2]), np.array([1, 2, 3, 0]), n_nodes=4).lists
    width = 3_000
    sender, weight = map(np.asarray, jax.jit(uniform(lists, width))(key, np.arange(3)))
    counts = np.bincount(sender[0], minlength=4)
    assert counts[0] == 0
    assert (abs(counts[1:] / width - 1 / 3) < 5 * np.sqrt(2 / 9 / width)).all()
    assert not weight[1].any()
    assert set(sender[2]) == {0}
    np.testing.assert_allclose(weight.sum(axis=1), [1, 0, 1], rtol=1e-4)


def test_no_neighbors_to_draw_are_refused():
    lists = transitions(np.array([0]), np.array([1]), n_nodes=2).lists
    with pytest.raises(InputError, match="0 neighbors are to be drawn; give 1"):
        uniform(lists, 0)


@pytest.mark.parametrize("made", [jitted_hops, None], ids=["device", "host"])
def test_ends_that_are_in_no_set_cut_nothing(key, made):
    """Else the row of another node would lose an edge of theirs."""
    seed, absent = np.array([5, 9]), np.array([7])
    assert 7 not in SENDER[seed]
    apart = absent, SENDER[5, :1]
    if made is None:
        plain, cut = (host_hops(FEATURE, [TABLE], seed, ends) for ends in (None, apart))
    else:
        plain, cut = (jitted_hops(key, FEATURE, [TABLE], seed, ends) for ends in (None, apart))
    np.testing.assert_allclose(cut.hop[0].weight, plain.hop[0].weight, rtol=1e-6)
