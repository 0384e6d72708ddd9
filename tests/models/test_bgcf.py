"""BGCF against loops over neighbors."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, Embeddings, InputError
from jaxrec.data import power_law
from jaxrec.graph import bipartite, node_copy
from jaxrec.models import bgcf
from jaxrec.models.bgcf import Paired, distance, graphs

bgcf_file = sys.modules["jaxrec.models.bgcf"]  # The package's own name of it is the function.
N_USERS, N_ITEMS, DIM, S = 7, 8, 3, 3
TRAIN = power_law(N_USERS, N_ITEMS, 20)
GRAPHS = graphs(TRAIN, eps=0.5, n_graphs=S)
PLAIN = bgcf(N_USERS, N_ITEMS, DIM, dropout=(0.0, 0.0, 0.0), init_scale=1.0)


def lists(weighted):
    """Senders of every node, padding left out."""
    receivers, senders, real = (
        np.asarray(a) for a in (weighted.edges.receivers, weighted.edges.senders, weighted.weight)
    )
    return [senders[(receivers == n) & (real > 0)] for n in range(N_USERS + N_ITEMS)]


def copy_of(which):
    return jax.tree.map(lambda leaf: leaf[which], GRAPHS.sampled)


def by_loops(params, sampled):
    """Node by node."""
    weights = jax.tree.map(np.float64, params["weights"])
    h = np.concatenate([params["user"], params["item"]]).astype(np.float64)
    mean = lambda near: h[near].mean(axis=0) if len(near) else np.zeros(DIM)
    rows = []
    for node, (near, drawn) in enumerate(zip(lists(GRAPHS.observed), lists(sampled), strict=True)):
        own, kind = h[node], "user" if node < N_USERS else "item"
        a1 = np.tanh(np.concatenate([own, mean(near)]) @ weights[f"observed_of_{kind}"])
        a2 = np.tanh(np.concatenate([own, mean(drawn)]) @ weights["sampled"])
        both = np.concatenate([near, drawn])
        attention = np.exp(h[both] @ own)
        c = attention @ h[both] / attention.sum() if len(both) else np.zeros(DIM)
        a3 = np.concatenate([c, own]) @ weights["attention"]
        rows.append(np.concatenate([np.tanh(np.concatenate([a1, a2, a3])), own]))
    return np.array(rows)


def test_without_a_key_is_the_mean_over_all_sampled_graphs(key):
    params = PLAIN.init(key)
    reps = jax.jit(PLAIN.encode)(params, GRAPHS)
    expected = np.mean([by_loops(params, copy_of(which)) for which in range(S)], axis=0)
    assert expected.shape == (N_USERS + N_ITEMS, 4 * DIM)
    np.testing.assert_allclose(np.concatenate(reps), expected, rtol=1e-5, atol=1e-6)


def test_with_a_key_is_one_of_the_sampled_graphs_and_every_one_comes_up(key):
    params = PLAIN.init(key)
    expected = [by_loops(params, copy_of(which)) for which in range(S)]
    encode, seen = jax.jit(PLAIN.encode), set()
    for k in jax.random.split(key, 30):
        reps = encode(params, GRAPHS, key=k)
        table = np.concatenate([reps.query, reps.item])
        which = int(np.argmin([np.abs(table - other).max() for other in expected]))
        np.testing.assert_allclose(table, expected[which], rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(reps.user_partner, GRAPHS.user_partner[which])
        np.testing.assert_array_equal(reps.item_partner, GRAPHS.item_partner[which])
        seen.add(which)
    assert seen == set(range(S))


def test_dropout_acts_with_a_key_alone(key):
    model = bgcf(N_USERS, N_ITEMS, DIM, dropout=(0.5, 0.5, 0.5), init_scale=1.0)
    params = model.init(key)
    encodes = [jax.jit(m.encode) for m in (model, PLAIN)]
    same = [encode(params, GRAPHS) for encode in encodes]
    jax.tree.map(np.testing.assert_array_equal, *same)
    dropped, plain = (encode(params, GRAPHS, key=key) for encode in encodes)
    changed = np.asarray(dropped.query != plain.query)
    assert changed[:, : 3 * DIM].any()
    assert not changed[:, 3 * DIM :].any()  # One's own row is never dropped.


def test_the_graph_and_dropout_are_drawn_with_keys_of_their_own(key, monkeypatch):
    used = []
    record = lambda name, of: lambda k, *rest: used.append((name, k)) or of(k, *rest)
    monkeypatch.setattr(jax.random, "randint", record("graph", jax.random.randint))
    monkeypatch.setattr(bgcf_file, "keys_of", record("dropout", bgcf_file.keys_of))
    model = bgcf(N_USERS, N_ITEMS, DIM, dropout=(0.5, 0.5, 0.5))

    def keys(key):
        model.encode(model.init(key), GRAPHS, key=key)
        return [k for _, k in used]

    graph, dropout = jax.jit(keys)(key)
    assert {name for name, _ in used} == {"graph", "dropout"}
    assert graph != dropout and graph != key and dropout != key


def test_sampled_graphs_are_node_copies_padded_to_one_size():
    sizes = [int(np.sum(np.asarray(w) > 0)) for w in GRAPHS.sampled.weight]
    assert GRAPHS.sampled.weight.shape == (S, max(sizes))
    seeds = np.random.SeedSequence(0).generate_state(S)
    for which, seed in enumerate(seeds):
        copy = node_copy(TRAIN, 0.5, int(seed)).graph
        senders = [copy.senders[copy.receivers == n] for n in range(N_USERS + N_ITEMS)]
        for mine, other in zip(lists(copy_of(which)), senders, strict=True):
            np.testing.assert_array_equal(mine, other)


def test_without_copies_all_graphs_are_the_observed_one(key):
    same = graphs(TRAIN, eps=0.0, n_graphs=2)
    observed = bipartite(TRAIN, r=1.0)
    for weighted in (
        same.observed,
        *(jax.tree.map(lambda a, s=s: a[s], same.sampled) for s in (0, 1)),
    ):
        np.testing.assert_array_equal(weighted.edges.senders, observed.senders)
        np.testing.assert_array_equal(weighted.weight, observed.edges)


def test_distance_is_the_mean_squared_distance_to_partners():
    rng = np.random.default_rng(0)
    query, item = (rng.standard_normal((n, 5), np.float32) for n in (7, 8))
    partner, other = np.array([1, 0, 3, 2, 4, 6, 5]), np.arange(8)[::-1]
    users, items = [4, 0, 2, 0], [3, 5, 0, 1]
    mask, label = np.arange(8).reshape(4, 2) < 6, np.tile([1.0, 0.0], (4, 1))
    batch = Batch(np.array(users), np.array([[i, 0] for i in items]), label, mask)
    loss = jax.jit(distance)({}, Paired(query, item, partner, other), batch)
    squared = [
        np.sum((query[u] - query[partner[u]]) ** 2) + np.sum((item[i] - item[other[i]]) ** 2)
        for u, i in zip(users[:3], items[:3], strict=True)
    ]
    np.testing.assert_allclose(loss, np.mean(squared), rtol=1e-5)
    own = np.eye(4, 5, k=1) * (np.arange(4) < 3)[:, None]  # Query b's positive is in column b + 1.
    shared = Batch(batch.query, np.array([6, *items]), own, np.ones((4, 5), bool))
    found = jax.jit(distance)({}, Paired(query, item, partner, other), shared)
    np.testing.assert_allclose(found, loss, rtol=1e-6)


def test_distance_needs_partners():
    reps = Embeddings(jnp.ones((7, 3)), jnp.ones((8, 3)))
    batch = Batch(jnp.array([0]), jnp.array([[0, 1]]), jnp.zeros((1, 2)), jnp.ones((1, 2), bool))
    with pytest.raises(InputError, match="distance needs partners, which come with a key; encode"):
        distance({}, reps, batch)


def test_values_out_of_range_are_refused():
    with pytest.raises(InputError, match="dropout is 1.0; give 0"):
        bgcf(N_USERS, N_ITEMS, dropout=(0.0, 1.0, 0.0))
    with pytest.raises(InputError, match="dropout has 2 probabilities; give three"):
        bgcf(N_USERS, N_ITEMS, dropout=(0.1, 0.1))
    with pytest.raises(InputError, match="n_graphs is 0; give 1 or more"):
        graphs(TRAIN, n_graphs=0)
