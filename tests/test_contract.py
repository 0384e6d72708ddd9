"""What every model must hold; a new model joins by one row of ``CASES``.

A long file, for it has one table of all models.
"""

import dataclasses
from functools import cache, partial
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import Model, Term
from jaxrec.data import Relation, Triples, checkerboard, sample_negatives
from jaxrec.graph import bipartite, concepts, entity_graph, neighbors, news_graph, rated, user_items
from jaxrec.losses import bpr
from jaxrec.models import (
    bgcf,
    biased_mf,
    blend,
    complex_kge,
    concept_knn,
    diffnet,
    distmult,
    ease,
    fesog,
    filter_r,
    gat,
    gcn,
    gf_cf,
    gnewsrec,
    graphsage,
    graphsage_hops,
    item_knn,
    kgcn,
    kgnn_ls,
    lightgcn,
    lightgcn_item,
    mf,
    mutualrec,
    ngcf,
    nia_gcn,
    node2vec,
    over_items,
    pinsage,
    ripplenet,
    rotate,
    simgcl,
    smoothness,
    spectral_start,
    transe,
    twhin,
    xsimgcl,
)
from jaxrec.models.bgcf import distance, graphs
from jaxrec.models.concept_knn import Described
from jaxrec.models.diffnet import influence_graph
from jaxrec.models.fesog import ego_graph
from jaxrec.models.knowledge import surrounded, with_labels
from jaxrec.models.lightgcn_item import ItemGraph
from jaxrec.models.mutualrec import friend_graph, friends_ranked
from jaxrec.models.nia_gcn import Walks
from jaxrec.models.ripplenet import known_facts, l2_memories, memory
from jaxrec.models.simgcl import contrast
from jaxrec.ops import History, ImportanceNeighbors, edge_list, prepare
from jaxrec.ops.propagate.rows import rows
from jaxrec.rank import top_lists
from jaxrec.sampling import full_neighborhood, user_uniform
from jaxrec.train import l2_rows, l2_tables, objective, rank, step

N = 16
TRAIN = checkerboard(N).train
LIKES = jax.tree.map(jnp.asarray, user_items(TRAIN))
STARS = dataclasses.replace(TRAIN, rating=np.linspace(1, 5, len(TRAIN), dtype=np.float32))
GRAPH = bipartite(TRAIN)
LOOPS = bipartite(TRAIN, self_loops=True)
MEAN = bipartite(TRAIN, r=1.0)
LOOPED_MEAN = bipartite(TRAIN, r=1.0, self_loops=True)
TABLE = jax.tree.map(jnp.asarray, neighbors(GRAPH, width=4))
PAIRS = prepare(GRAPH, "bcsr", n_users=N)
ITEMS = ItemGraph(prepare(GRAPH, "bcsr", n_users=N), jnp.full(N, 7.0), jnp.float32(0.5))
ROWS = np.arange(N, dtype=np.int32)
FACTS = Triples(
    np.tile(ROWS, 2),
    np.repeat(np.array([0, 1], np.int32), N),
    np.append(N + ROWS % 2, np.roll(ROWS, 1)),
    N + 2,
    2,
)
"""Of items: whether they are odd, and the next."""
KNOWN = surrounded(FACTS, ROWS, width=4)
SIGNED = jax.tree.map(jnp.asarray, with_labels(KNOWN, TRAIN, sample_negatives(TRAIN)))
MEMORY = jax.tree.map(jnp.asarray, memory(FACTS, LIKES, ROWS, n_memories=16))
SMOOTH = {"smooth": (0.1, smoothness()), "l2": (1e-5, l2_tables)}
TRUE = {"kge": (0.01, known_facts), "l2": (1e-7, l2_memories)}
FRIENDS = Relation("user", "user", ROWS, np.roll(ROWS, 2), N, N, directed=False)
"""Users of the same color that follow each other."""
EGOS = ego_graph(STARS, FRIENDS)
NEWS = news_graph(
    TRAIN,
    (1 + ROWS % 2)[:, None],
    np.zeros((N, 0), np.float32),
    np.eye(2, dtype=np.float32)[ROWS % 2],
    ROWS % 2,
    n_words=2,
)
"""Titles of one word, and topics: whether a news is odd."""
ALIKE = jnp.array([[(n + 2 * k) % N for k in (1, 2, 3)] for n in range(N)])
HOPS = full_neighborhood(
    np.eye(N, dtype=np.float32), [ImportanceNeighbors(ALIKE, jnp.full(ALIKE.shape, 1 / 3))] * 2
)
SAMPLE = jax.jit(partial(user_uniform, n_items=N, batch_size=128))


class Case(NamedTuple):
    """A model over the users and items of the checkerboard.

    Attributes:
      graph: what its encoder reads.
      n_steps: of Adam at 0.01 on BPR that learn the checkerboard, with some to spare.
      terms: of its own that it trains with beside BPR, by name.
    """

    name: str
    model: Model
    graph: Any
    n_steps: int = 300
    terms: dict[str, tuple[float, Term]] = {}


CASES = [
    Case("mf", mf(N, N, dim=16), None),
    Case("biased_mf", biased_mf(rated(STARS), N, N, dim=16), rated(STARS)),
    Case("node2vec", node2vec(N, dim=16, init_scale=0.1), None),
    Case("lightgcn", lightgcn(N, N, dim=16, n_layers=2), prepare(GRAPH, "bcsr", n_users=N)),
    Case("lightgcn-segment_sum", lightgcn(N, N, dim=16), prepare(GRAPH, "segment_sum")),
    Case("lightgcn_item", lightgcn_item(N, N, dim=16), ITEMS),
    Case("simgcl", simgcl(N, N, dim=16), GRAPH, terms={"contrast": (0.1, contrast())}),
    Case("xsimgcl", xsimgcl(N, N, dim=16), GRAPH, terms={"contrast": (0.1, contrast())}),
    Case("nia_gcn", nia_gcn(N, N, dim=16), Walks(GRAPH, GRAPH._replace(edges=GRAPH.edges**2))),
    Case("bgcf", bgcf(N, N, dim=16), graphs(TRAIN), terms={"distance": (0.002, distance)}),
    Case("ngcf", ngcf(N, N, dim=16, n_layers=2), prepare(GRAPH, "bcsr", n_users=N), 100),
    Case("gcn", gcn(N, N, 16, dropout=0.1, readout="last"), prepare(LOOPS, "bcsr"), 100),
    Case("sage-mean", graphsage(N, N, 16), prepare(MEAN, "bcsr", n_users=N), 100),
    Case("sage-gcn", graphsage(N, N, 16, aggregator="gcn"), prepare(LOOPED_MEAN, "bcsr"), 100),
    Case("sage-pool", graphsage(N, N, 16, aggregator="pool"), TABLE, 100),
    Case("sage-lstm", graphsage(N, N, 16, aggregator="lstm"), TABLE, 100),
    Case("sage-hops", graphsage_hops(N, dims=(16, 16)), HOPS, 100),
    Case("pinsage", pinsage(N, dim=16, hidden_dim=16), HOPS, 100),
    Case("gat", gat(N, N, 16, attention_dropout=0.1), edge_list(LOOPS), 100),
    Case(
        "mutualrec",
        mutualrec(N, N, 16, n_links=64),
        friend_graph(TRAIN, FRIENDS),
        300,
        terms={"friends": (0.1, friends_ranked)},
    ),
    Case("diffnet", diffnet(N, N, 16), influence_graph(TRAIN, FRIENDS), 150),
    Case("fesog", fesog(EGOS, N, N, 16, biases=False), EGOS, 150),
    Case("kgcn", kgcn(SIGNED, N, N, 16, aggregator="concat"), SIGNED),
    Case("kgnn_ls", kgnn_ls(SIGNED, N, N, 16, n_layers=2), SIGNED, terms=SMOOTH),
    Case("gnewsrec", gnewsrec(NEWS, N, N, 16), jax.tree.map(jnp.asarray, NEWS), 100),
    Case("ripplenet", ripplenet(MEMORY, N, N, 16), MEMORY, 150, terms=TRUE),
    # Users and items are entities, and one relation joins them.
    Case("twhin", over_items(twhin(2 * N, 1, 16), N), None),
    Case("transe", over_items(transe(2 * N, 1, 16), N), None),
    Case("distmult", over_items(distmult(2 * N, 1, 16), N), None),
    Case("complex_kge", over_items(complex_kge(2 * N, 1, 16), N), None),
    Case("rotate", over_items(rotate(2 * N, 1, 16), N), None),
    Case("spectral_start", spectral_start(lightgcn(N, N, 16), PAIRS, N, N, 16), PAIRS),
]

UNWEIGHTED = GRAPH._replace(edges=np.ones_like(GRAPH.edges))
HISTORY = History(prepare(GRAPH, "bcsr", n_users=N), LIKES)
COUNTS = History(prepare(UNWEIGHTED, "bcsr", n_users=N), LIKES)


def told(facts: Triples) -> Described:
    known = rows(concepts(facts, ROWS)), prepare(entity_graph(facts), "bcsr")
    return jax.tree.map(jnp.asarray, Described(LIKES, *known, np.int32(N + 2)))


TOLD = told(FACTS)
APART = told(FACTS.take(FACTS.relation == 0))  # What comes next joins odd and even.

BOTH = filter_r(N, N), item_knn(COUNTS, N, N)

TRAINING_FREE = [
    Case("filter_r", filter_r(N, N), HISTORY),
    Case("gf_cf", gf_cf(HISTORY, N, N, rank=2), HISTORY),
    Case("ease", ease(HISTORY, N, N, l2=1.0), HISTORY),
    Case("item_knn", item_knn(COUNTS, N, N), COUNTS),
    Case("concept_knn", concept_knn(TOLD, N, N), TOLD),
    Case("concept_knn-distance", concept_knn(APART, N, N, "distance"), APART),
    Case("blend-free", blend(BOTH, [1.0, 0.5], N), (HISTORY, COUNTS)),
]
"""Models whose ``init`` does all the work."""

name = lambda case: case.name
trained = pytest.mark.parametrize("case", CASES, ids=name)
training_free = pytest.mark.parametrize("case", TRAINING_FREE, ids=name)
every = pytest.mark.parametrize("case", [*CASES, *TRAINING_FREE], ids=name)


def started(case, key):
    """Parameters; those of a model that trains come from one program, and the others' do not."""
    trains = any(case is other for other in CASES)
    return (jax.jit(case.model.init) if trains else case.model.init)(key)


@cache
def training(name):
    """How a case starts and what takes one step: one program, whichever test comes first."""
    (case,) = (case for case in CASES if case.name == name)
    terms = {"rank": (1.0, rank(case.model, bpr)), "l2": (1e-4, l2_rows)} | case.terms
    init, update = step(objective(case.model, **terms), optax.adam(0.01))

    def one(state, graph):
        return update(state, graph, SAMPLE(state.step_key(0), LIKES))[0]

    return init, jax.jit(chex.assert_max_traces(one, n=1))


@every
def test_encode_works_under_jit(case, key):
    params = started(case, key)
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    compiled = jax.jit(case.model.encode)(params, case.graph)
    jax.tree.map(close, compiled, case.model.encode(params, case.graph))


@every
def test_the_same_key_gives_the_same_parameters(case, key):
    jax.tree.map(np.testing.assert_array_equal, started(case, key), started(case, key))


@every
def test_shared_and_listed_candidates_agree(case, key):
    reps = jax.jit(case.model.encode)(started(case, key), case.graph)
    score = jax.jit(case.model.score)
    queries, shared = jnp.array([3, 0, 3, 9]), jnp.array([5, 2, 15, 5, 0])
    listed = jnp.tile(shared, (4, 1))
    scores = score(reps, queries, shared)
    assert scores.shape == (4, 5)
    expected = score(reps, queries, listed)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-7)


@trained
def test_training_traces_once_and_every_table_learns(case, key):
    init, one = training(case.name)
    states = [init(started(case, key), key)]
    for _ in range(3):
        states.append(one(states[-1], case.graph))
    assert states[-1].step == 3
    before, after = (state.params for state in states[:2])
    moved = jax.tree.map(lambda a, b: not np.array_equal(a, b), before, after)
    assert all(jax.tree.leaves(moved)), moved


@every
def test_no_key_means_the_same_output_twice(case, key):
    params = started(case, key)
    encode = jax.jit(case.model.encode)
    twice = encode(params, case.graph), encode(params, case.graph)
    jax.tree.map(np.testing.assert_array_equal, *twice)


@trained
def test_the_withheld_item_of_the_checkerboard_is_first_for_every_user(case, key):
    init, one = training(case.name)
    state = init(started(case, key), jax.random.key(1))
    for _ in range(case.n_steps):
        state = one(state, case.graph)
    reps = jax.jit(case.model.encode)(state.params, case.graph)
    users = np.arange(N)
    top = top_lists(case.model.score, reps, users, N, 1, seen=LIKES)
    np.testing.assert_array_equal(top.item[:, 0], users)


@training_free
def test_untrained_the_withheld_item_is_first_for_every_user(case, key):
    reps = jax.jit(case.model.encode)(started(case, key), case.graph)
    users = np.arange(N)
    top = top_lists(case.model.score, reps, users, N, 1, seen=LIKES)
    np.testing.assert_array_equal(top.item[:, 0], users)


@pytest.mark.parametrize(
    "case", [case for case in (*CASES, *TRAINING_FREE) if case.model.fold_in], ids=name
)
def test_a_user_folded_in_scores_as_in_the_data(case, key):
    reps = jax.jit(case.model.encode)(started(case, key), case.graph)
    folded = case.model.fold_in(reps, jax.tree.map(np.asarray, LIKES))
    users, items = jnp.arange(N), jnp.arange(N)
    score = jax.jit(case.model.score)
    same = score(folded, users, items), score(reps, users, items)
    np.testing.assert_allclose(*same, rtol=1e-5, atol=1e-6)
