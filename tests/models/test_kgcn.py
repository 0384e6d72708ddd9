"""KGCN against a recursion over neighbors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import NeighborTable, neighbor_table
from jaxrec.models import kgcn
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.knowledge import Knowledge, surrounded
from jaxrec.ops.blocks import HELD
from tests.graph.known import FACTS, N_ENTITIES, N_RELATIONS, triples
from tests.models.small import assert_close, wide

ENTITY = np.array([2, 0, 7, 5, 1], np.int32)  # Entity 7 has no fact.
N_USERS, N_ITEMS, DIM = 3, len(ENTITY), 4
USERS, ITEMS = np.int32([2, 0, 1]), np.int32([[0, 1, 2], [3, 4, 0], [2, 2, 1]])
ASKED = jnp.asarray(USERS), jnp.asarray(ITEMS)


def knowledge(width=3, pad=True):
    table = jax.tree.map(jnp.asarray, neighbor_table(triples(), width, pad))
    return Knowledge(table, jnp.asarray(ENTITY), jnp.int32(N_RELATIONS))


def built(graph, **options):
    return kgcn(graph, N_USERS, N_ITEMS, DIM, **options)


def by_recursion(params, graph, user, item, n_layers, aggregator, reduce, relations="user"):
    """One pair, in float64."""
    table = jax.tree.map(np.asarray, graph.related)
    tables = {name: wide(params[name]) for name in ("user", "entity", "relation")}
    u = tables["user"][user]
    g = tables["relation"] @ u / DIM * (relations == "user")

    def at(entity, depth):
        if depth == 0:
            return tables["entity"][entity]
        real = table.mask[entity]
        near = np.zeros(DIM)
        if real.any():
            w = np.exp(g[table.relation[entity][real]])
            rows = [at(other, depth - 1) for other in table.entity[entity][real]]
            near = (w / w.sum()) @ rows / (real.sum() if reduce == "mean" else 1)
        own = at(entity, depth - 1)
        both = {"gcn": own + near, "neighbor": near, "concat": np.concatenate([own, near])}
        weight = params[f"layer_{depth - 1}"]
        out = both[aggregator] @ wide(weight["kernel"]) + wide(weight["bias"])
        return np.tanh(out) if depth == n_layers else np.maximum(out, 0)

    return at(ENTITY[item], n_layers) @ u


@pytest.mark.parametrize("aggregator", ["gcn", "concat", "neighbor"])
@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_scores_are_the_recursion(n_layers, reduce, aggregator, key):
    graph, how = knowledge(), (n_layers, aggregator, reduce)
    model = built(graph, n_layers=n_layers, aggregator=aggregator, reduce=reduce)
    params = jax.tree.map(lambda x: 2 * x + 0.1, model.init(key))  # So that ReLU lets some by.
    reps = jax.jit(model.encode)(params, graph)
    expected = [
        [by_recursion(params, graph, u, i, *how) for i in row]
        for u, row in zip(USERS, ITEMS, strict=True)
    ]
    assert_close(jax.jit(model.score)(reps, USERS, ITEMS), expected)


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_ranking_all_is_scoring_each(n_layers, key):
    graph = knowledge(width=2, pad=False)
    model = built(graph, n_layers=n_layers)
    reps = jax.jit(lambda key: model.encode(model.init(key), graph))(key)
    listed = np.tile(np.arange(N_ITEMS), (3, 1))
    score = jax.jit(model.score)
    assert_close(score(reps, USERS, listed[0]), score(reps, USERS, listed))


@pytest.mark.parametrize("n_layers", [1, 2])
def test_shared_candidates_give_the_gradient_of_listed_ones(n_layers, key):
    graph = knowledge()
    model = built(graph, n_layers=n_layers)
    params = model.init(key)

    def grad(items):
        total = lambda p, *asked: jnp.sum(jnp.sin(model.score(model.encode(p, graph), *asked)))
        return jax.jit(jax.grad(total))(params, USERS, items)

    shared = np.array([3, 0, 2])
    jax.tree.map(assert_close, grad(shared), grad(np.tile(shared, (3, 1))))


def test_equal_relations_know_no_user(key):
    graph = knowledge()
    model = built(graph, relations="equal")
    params = model.init(key)
    score = jax.jit(lambda params: model.score(model.encode(params, graph), *ASKED))
    found, how = np.asarray(score(params)), (1, "gcn", "sum", "equal")
    assert_close(found[0, 1], by_recursion(params, graph, 2, 1, *how))
    other = params | {"relation": 9 * params["relation"]}
    np.testing.assert_array_equal(found, score(other))


def test_permuting_neighbors_changes_nothing(key):
    graph = knowledge()
    order = np.random.default_rng(0).permutation(graph.related.mask.shape[1])
    turned = graph._replace(related=jax.tree.map(lambda x: x[:, order], graph.related))
    model = built(graph, n_layers=2)
    params = model.init(key)
    score = jax.jit(model.score)
    scores = [score(model.encode(params, g), USERS, ITEMS) for g in (graph, turned)]
    assert_close(*scores)


@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_padding_changes_nothing(reduce, key):
    narrow, broad = knowledge(width=6), knowledge(width=9)
    model = built(narrow, n_layers=2, reduce=reduce)
    params = model.init(key)
    score = jax.jit(model.score)
    scores = [score(model.encode(params, g), USERS, ITEMS) for g in (narrow, broad)]
    assert_close(*scores)


def test_paths_weigh_one_below_each_entity(key):
    graph = knowledge()
    model = built(graph, n_layers=2)
    reps = jax.jit(lambda key: model.encode(model.init(key), graph))(key)
    paths = kgcn_paths(reps, 1, 1)
    short = paths.relation[:, 1] < 0
    assert (paths.entity[:, 0] == ENTITY[1]).all()
    assert paths.weight[short].sum() == pytest.approx(1, rel=1e-5)
    assert paths.weight[~short].sum() == pytest.approx(1, rel=1e-5)
    ways = {tuple(fact) for fact in FACTS.tolist()}
    walked = set()
    for _, entity, relation, forward in zip(*(part[~short] for part in paths), strict=True):
        for k in range(2):
            a, r, b = int(entity[k]), int(relation[k]), int(entity[k + 1])
            assert ((a, r, b) if forward[k] else (b, r, a)) in ways
            walked.add(bool(forward[k]))
    assert walked == {True, False}
    assert len(kgcn_paths(reps, 1, 2).weight) == 0  # An item that no fact is about.


def test_no_layers_are_refused():
    with pytest.raises(InputError, match="n_layers is 0; give 1 or more"):
        built(knowledge(), n_layers=0)


def test_other_items_than_the_graph_s_are_refused():
    with pytest.raises(InputError, match="the graph has 5 items but n_items=4"):
        kgcn(knowledge(), N_USERS, 4, DIM)
    for wrong in (-1, N_ENTITIES):
        with pytest.raises(InputError, match=rf"entity row {wrong} lies outside \[0, 8\)"):
            surrounded(triples(), np.array([0, wrong], np.int32))


def bytes_held(function, *shapes) -> int:
    """Temporaries of the compiled program; nothing is run."""
    memory = jax.jit(function).lower(*shapes).compile().memory_analysis()
    return memory.temp_size_in_bytes


def large(n_entities, width, dim, n_users, n_items, **options):
    """A model and its parameters and graph, as shapes."""
    of = jax.ShapeDtypeStruct
    row = of((n_entities, width), jnp.int32)
    flag = of((n_entities, width), bool)
    table = NeighborTable(row, row, flag, flag)
    graph = Knowledge(table, of((n_items,), jnp.int32), of((), jnp.int32))
    sizes = graph._replace(n_relations=jnp.int32(8))
    model = kgcn(sizes, n_users, n_items, dim, **options)
    return model, jax.eval_shape(model.init, jax.random.key(0)), graph


def test_one_layer_weighs_the_facts_of_what_is_ranked_alone():
    model, params, graph = large(200_000, 16, 16, 1_024, 1_024)
    rank = lambda p, g, users, items: model.score(model.encode(p, g), users, items)
    users, items = (jax.ShapeDtypeStruct((n,), jnp.int32) for n in (1_024, 1_024))
    tables = 4 * 200_000 * 16
    assert bytes_held(rank, params, graph, users, items) < 8 * HELD + 2 * tables


def test_the_gradient_of_shared_candidates_holds_a_few_users_at_a_time():
    model, params, graph = large(100_000, 16, 16, 1_024, 2_048)
    total = lambda p, g, users, items: jnp.sum(model.score(model.encode(p, g), users, items))
    users, items = (jax.ShapeDtypeStruct((n,), jnp.int32) for n in (1_024, 2_048))
    tables = 4 * 100_000 * 16
    held = bytes_held(jax.grad(total), params, graph, users, items)
    assert held < 4 * 4 * HELD + 4 * tables  # All users at once take three times this.
