"""RippleNet against loops over facts."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch
from jaxrec.data import Interactions, Triples
from jaxrec.graph import ripples, strongest, user_items
from jaxrec.models import ripplenet
from jaxrec.models.ripplenet import (
    Memory,
    known_facts,
    l2_memories,
)
from jaxrec.models.ripplenet_paths import ripplenet_paths
from tests.graph.known import N_ENTITIES, N_RELATIONS, triples
from tests.graph.test_ripples import ENTITY, LIKES, read
from tests.models.small import assert_close, wide

DIM, UPDATES = 4, ["replace", "plus", "replace_transform", "plus_transform"]
USERS, ITEMS = np.int32([0, 1, 2, 0]), np.int32([[0, 2], [1, 3], [0, 1], [3, 3]])
ASKED = jnp.asarray(USERS), jnp.asarray(ITEMS)


def memory(n_memories=3, pad=True, n_hops=2):
    sets = ripples(triples(), LIKES, ENTITY, n_hops, n_memories, pad)
    sizes = jnp.int32(N_ENTITIES), jnp.int32(N_RELATIONS)
    return Memory(jax.tree.map(jnp.asarray, sets), jnp.asarray(ENTITY), *sizes)


GRAPH = memory()
BATCH = Batch(USERS, ITEMS, np.ones((4, 2)), np.arange(8).reshape(4, 2) < 6)  # Row 3 is padding.


@partial(jax.jit, static_argnums=0)
def terms(model, params, graph, batch):
    reps = model.encode(params, graph)
    return known_facts(params, reps, batch), l2_memories(params, reps, batch)


def by_loops(params, hops, item, update, final):
    """One pair, in float64."""
    e, r = wide(params["entity"]), wide(params["relation"])
    first = v = e[ENTITY[item]]
    user = np.zeros(DIM)
    for facts in hops:
        if facts:
            p = np.exp([v @ r[kind] @ e[head] for head, kind, _ in facts])
            o = (p / p.sum()) @ [e[tail] for *_, tail in facts]
        else:
            o = np.zeros(DIM)
        user, v = user + o, v + o if update.startswith("plus") else o
        v = v @ wide(params["transform"]) if update.endswith("transform") else v
    return user @ (v if final == "updated" else first)


@pytest.mark.parametrize("final", ["updated", "first"])
@pytest.mark.parametrize("update", UPDATES)
def test_scores_are_the_loops(update, final, key):
    model = ripplenet(GRAPH, 4, 4, DIM, update, final)
    params = jax.tree.map(lambda x: 2 * x, model.init(key))
    hops = read(jax.tree.map(np.asarray, GRAPH.ripples))
    expected = [
        [by_loops(params, hops[u], i, update, final) for i in row]
        for u, row in zip(USERS, ITEMS, strict=True)
    ]
    score = jax.jit(lambda params: model.score(model.encode(params, GRAPH), *ASKED))
    assert_close(score(params), expected)


def test_one_hop_of_one_fact_is_a_product_by_hand():
    one = np.zeros(1, np.int32)
    fact = Triples(one, one, one + np.int32(1), 2, 1)
    likes = user_items(Interactions(one, one, 1, 1))
    sets = jax.tree.map(jnp.asarray, ripples(fact, likes, one, n_hops=1, n_memories=1))
    graph = Memory(sets, jnp.zeros(1, int), jnp.int32(2), jnp.int32(1))
    params = {
        "entity": jnp.array([[1.0, 2.0], [3.0, -1.0]]),
        "relation": jnp.array([[[1.0, 0.0], [0.5, 1.0]]]),
        "transform": jnp.array([[2.0, 0.0], [1.0, 1.0]]),
    }
    # One fact has weight 1: o = t = [3, -1]; v_1 = ([1, 2] + [3, -1]) W = [4, 1] W = [9, 1].
    expected = {
        (): 3 * 9 - 1,
        ("plus_transform", "first"): 3 * 1 - 1 * 2,
        ("plus",): 3 * 4 - 1,
        ("replace",): 3 * 3 + 1,
        ("replace_transform",): 3 * 5 + 1 * 1,
    }

    @jax.jit
    def scores(params, one):
        models = [ripplenet(graph, 1, 1, 2, *how) for how in expected]
        return [model.score(model.encode(params, graph), one, one[None])[0, 0] for model in models]

    assert list(map(float, scores(params, one))) == list(expected.values())
    batch = Batch(one, one[None], np.ones((1, 1)), np.ones((1, 1), bool))
    known, squared = terms(ripplenet(graph, 1, 1, 2), params, graph, batch)
    # h^T R t = [1, 2] . [3, 0.5] = 4; |h|^2 + |t|^2 + |R|^2 = 5 + 10 + 2.25.
    np.testing.assert_allclose(known, -1 / (1 + np.exp(-4)), rtol=1e-6)
    np.testing.assert_allclose(squared, 17.25, rtol=1e-6)


def test_shared_candidates_give_the_gradient_of_listed_ones(key):
    model = ripplenet(GRAPH, 4, 4, DIM)
    params = model.init(key)

    def grad(items):
        total = lambda p, *asked: jnp.sum(jnp.sin(model.score(model.encode(p, GRAPH), *asked)))
        return jax.jit(jax.grad(total))(params, USERS, items)

    shared = np.array([3, 0, 2])
    jax.tree.map(assert_close, grad(shared), grad(np.tile(shared, (4, 1))))


def test_a_user_without_facts_scores_nothing_and_gradients_are_finite(key):
    model = ripplenet(GRAPH, 4, 4, DIM)
    params = model.init(key)
    score = lambda params: model.score(model.encode(params, GRAPH), *ASKED)[2]
    total = lambda params: (jnp.sum(scores := score(params)), scores)
    grad, scores = jax.jit(jax.grad(total, has_aux=True))(params)
    np.testing.assert_array_equal(scores, 0)
    assert all(not np.any(leaf) for leaf in jax.tree.leaves(grad))


def test_padding_and_the_order_of_facts_change_nothing(key):
    model = ripplenet(GRAPH, 4, 4, DIM)
    params = model.init(key)
    wider, order = memory(6), np.random.default_rng(0).permutation(6)
    sets = wider.ripples._replace(
        fact=np.asarray(wider.ripples.fact)[..., order],
        mask=np.asarray(wider.ripples.mask)[..., order],
    )
    full = memory(5)  # No hop has more facts than five.
    score = jax.jit(lambda graph: model.score(model.encode(params, graph), *ASKED))
    for other in (wider, wider._replace(ripples=sets)):
        assert_close(score(other), score(full))
        found, expected = (terms(model, params, graph, BATCH) for graph in (other, full))
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("pad", [False, True])
def test_terms_are_means_and_sums_over_what_the_batch_remembers(pad, key):
    graph = memory(4, pad, n_hops=3)  # With padding, hops hold different numbers of facts.
    model = ripplenet(graph, 4, 4, DIM)
    params = model.init(key)
    e, r = wide(params["entity"]), wide(params["relation"])
    hops = read(jax.tree.map(np.asarray, graph.ripples))
    facts = [[fact for u in (0, 1) for fact in hops[u][hop]] for hop in range(3)]
    assert (len({len(hop) for hop in facts}) > 1) == pad
    truth = lambda h, k, t: 1 / (1 + np.exp(-e[h] @ r[k] @ e[t]))
    norm = lambda h, k, t: np.sum(e[h] ** 2) + np.sum(e[t] ** 2) + np.sum(r[k] ** 2)
    known = -sum(np.mean([truth(*fact) for fact in hop]) for hop in facts)
    squared = sum(norm(*fact) for hop in facts for fact in hop)
    found = terms(model, params, graph, BATCH)
    np.testing.assert_allclose(found, [known, squared], rtol=1e-5)


def test_paths_lead_from_what_the_user_has(key):
    model = ripplenet(GRAPH, 4, 4, DIM)
    reps = jax.jit(model.encode)(model.init(key), GRAPH)
    paths = ripplenet_paths(reps, 0, 2)
    short = paths.relation[:, 1] < 0
    assert set(paths.entity[:, 0].tolist()) <= {0, 1}
    assert paths.weight[short].sum() == pytest.approx(1, rel=1e-5)
    assert paths.weight[~short].sum() == pytest.approx(1, rel=1e-5)
    np.testing.assert_array_equal(paths.forward, paths.relation >= 0)
    assert len(ripplenet_paths(reps, 2, 0).weight) == 0


def paths_of(facts, n_hops, n_memories, n_seeds=1):
    """Those of a user who has item 0, entity 0, in a graph of these facts, by seed."""
    one = np.zeros(1, np.int32)
    graph = Triples(*np.array(facts, np.int32).T.copy(), n_entities=6, n_relations=2)
    sets = ripples(graph, user_items(Interactions(one, one, 1, 1)), one, n_hops, n_memories)
    held = Memory(jax.tree.map(jnp.asarray, sets), jnp.asarray(one), jnp.int32(6), jnp.int32(2))
    model = ripplenet(held, 1, 1, DIM)
    encode = jax.jit(lambda key: model.encode(model.init(key), held))
    return [ripplenet_paths(encode(jax.random.key(seed)), 0, 0) for seed in range(n_seeds)]


def test_a_hop_that_repeats_the_one_before_adds_no_weight():
    (paths,) = paths_of([[0, 0, 1], [0, 1, 2]], n_hops=3, n_memories=2)
    best = strongest(paths, 9)
    assert best.relation.shape[1] == 1 and len(best.weight) == 2
    assert best.weight.sum() == pytest.approx(1, rel=1e-5)


def test_a_fact_of_oneself_is_a_path_at_every_hop():
    best = strongest(paths_of([[0, 0, 0]], n_hops=3, n_memories=2)[0], 9)
    assert best.relation.tolist() == [[0, -1, -1], [0, 0, -1], [0, 0, 0]]
    np.testing.assert_allclose(best.weight, 1, rtol=1e-5)


def test_of_two_ways_to_a_head_the_one_drawn_more_often_is_told():
    facts = [[0, 0, 1], [0, 1, 1], [1, 0, 2]]
    for paths in paths_of(facts, n_hops=2, n_memories=7, n_seeds=8):
        short = paths.relation[:, 1] < 0
        assert len(paths.weight) == 3
        heavier = paths.relation[short][np.argmax(paths.weight[short]), 0]
        assert paths.relation[~short].tolist() == [[heavier, 0]]
