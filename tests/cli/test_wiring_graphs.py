"""The graph that each model of the catalogue reads, against dense matrices from its docstring.

A long file, for every model has its graph here, and one test holds that none is missing.
"""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import pytest

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.models import WithShare
from jaxrec.ops import propagate
from jaxrec.ops.propagate.adjacency import Adjacency
from jaxrec.runs.checks import check_options
from jaxrec.runs.fit.assemble import build_graph, build_model
from jaxrec.runs.model_options import options_of
from jaxrec.tasks import RATING
from jaxrec.tasks.rating import biases_of
from tests.cli.wired import (
    ENTITY,
    FACTS,
    ITEM,
    KNOWLEDGE,
    LIKES,
    N_ENTITIES,
    N_ITEMS,
    N_RELATIONS,
    N_USERS,
    NODES,
    RATED,
    RELATIONS,
    TRAIN,
    USER,
    joined,
    matrix_of,
)


def graph_of(model, **own):
    train = RATED if registry.entry(model).tasks[0] is RATING else TRAIN
    train = NODES if registry.entry(model).reads == ("nodes",) else train
    given = {"knowledge": KNOWLEDGE, "relations": RELATIONS}
    return build_graph(options_of(model, **own), train, **given)


def assert_lists(lists, expected):
    """A ``Csr`` holds the matrix of zeros and ones."""
    rows = np.repeat(np.arange(len(expected)), np.diff(lists.indptr))
    found = np.zeros_like(expected)
    found[rows, lists.indices] = 1
    assert len(rows) == found.sum()
    np.testing.assert_array_equal(found, expected)


PROPAGATED = {
    "lightgcn": ({"r": 0.3}, joined(0.3)),
    "lightgcn, by default": ({}, joined(0.5)),
    "ngcf": ({}, joined(0.5)),
    "simgcl": ({}, joined(0.5)),
    "xsimgcl": ({}, joined(0.5)),
    "gcn": ({}, joined(0.5, self_loops=True)),
    "graphsage": ({"aggregator": "mean"}, joined(1.0)),
    "gcn with self_weight": ({"self_weight": True}, joined(1.0)),
    "graphsage of mean_with_self": (
        {"aggregator": "mean_with_self"},
        joined(1.0, self_loops=True),
    ),
    "graphsage of sum": ({"aggregator": "sum"}, np.float64(joined(0.5) > 0)),
    "graphsage of gcn": ({"aggregator": "gcn"}, joined(1.0, self_loops=True)),
}


@pytest.mark.parametrize("name", PROPAGATED)
@pytest.mark.parametrize("propagation", ["auto", "bcsr"])
def test_a_propagated_graph_is_the_dense_one(name, propagation):
    own, expected = PROPAGATED[name]
    model = name.replace(",", "").split()[0]
    found = matrix_of(graph_of(model, propagation=propagation, **own))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def weighed(r, self_loops=False):
    """``joined`` with the ratings of interactions as weights, those of repeated ones added."""
    rating = np.zeros((N_USERS, N_ITEMS))
    np.add.at(rating, (USER, ITEM), RATED.rating)
    edge = np.block([[np.zeros((N_USERS,) * 2), rating], [rating.T, np.zeros((N_ITEMS,) * 2)]])
    edge += np.eye(len(edge)) * self_loops
    degree = np.where(edge.sum(1) > 0, edge.sum(1), 1)
    return edge / (degree[:, None] ** r * degree[None] ** (1 - r))


WEIGHED = {
    "lightgcn": ({"r": 0.3}, weighed(0.3)),
    "ngcf": ({}, weighed(0.5)),
    "simgcl": ({}, weighed(0.5)),
    "gcn": ({}, weighed(0.5, self_loops=True)),
    "gcn with self_weight": ({"self_weight": True}, weighed(1.0)),
    "graphsage": ({}, weighed(1.0)),
    "graphsage of gcn": ({"aggregator": "gcn"}, weighed(1.0, self_loops=True)),
}


@pytest.mark.parametrize("name", WEIGHED)
def test_ratings_weigh_the_edges_of_a_propagated_graph(name):
    own, expected = WEIGHED[name]
    settings = options_of(name.split()[0], edge_weight="rating", **own)
    np.testing.assert_allclose(matrix_of(build_graph(settings, RATED)), expected, rtol=1e-5)


def test_squares_and_degrees_are_of_the_weighed_graph():
    found = build_graph(options_of("nia_gcn", edge_weight="rating"), RATED)
    np.testing.assert_allclose(matrix_of(found.square), weighed(0.5) ** 2, rtol=1e-5)
    found = build_graph(options_of("lightgcn_item", edge_weight="rating", r=0.3), RATED)
    np.testing.assert_allclose(matrix_of(found.graph), weighed(0.3), rtol=1e-5)
    total = np.bincount(ITEM, RATED.rating, N_ITEMS)
    np.testing.assert_allclose(found.degree, total, rtol=1e-5)


def test_weights_by_rating_need_ratings_above_zero():
    settings = options_of("lightgcn", edge_weight="rating")
    with pytest.raises(InputError, match="--edge-weight rating needs ratings, and the data have"):
        build_graph(settings, TRAIN)
    with pytest.raises(InputError, match="a rating is 0; weights are above 0"):
        build_graph(settings, dataclasses.replace(RATED, rating=RATED.rating - 1))
    settings = options_of("graphsage", edge_weight="rating", aggregator="sum")
    with pytest.raises(InputError, match="choose mean, mean_with_self or gcn, or leave it out"):
        build_graph(settings, RATED)


def test_lightgcn_item_walks_over_items_that_follow_each_other():
    found = graph_of("lightgcn_item", r=0.3, item_graph="sequence")
    follows = np.zeros((N_ITEMS, N_ITEMS))
    for user in range(N_USERS):
        times = TRAIN.time[USER == user]
        items = ITEM[USER == user][np.argsort(times, kind="stable")]
        for one, other in itertools.pairwise(items):
            follows[one, other] += one != other
            follows[other, one] += one != other
    degree = np.maximum(follows.sum(1), 1)
    expected = follows / (degree[:, None] ** 0.3 * degree[None] ** 0.7)
    matrix = np.asarray(propagate(jnp.eye(N_ITEMS), found.items))
    np.testing.assert_allclose(matrix, expected, rtol=1e-5)
    np.testing.assert_allclose(matrix_of(found.graph), joined(0.3), rtol=1e-5)
    assert graph_of("lightgcn_item").items is None


def test_options_of_graphs_pass_the_checks_before_data_are_read():
    for own in ({"item_graph": "sequence"}, {"edge_weight": "rating"}):
        check_options(options_of("lightgcn_item", **own))


@pytest.mark.parametrize(
    "name", [name for name, entry in registry.MODELS.items() if entry.propagates]
)
@pytest.mark.parametrize(
    ("propagation", "form"), [("bcsr", Adjacency), ("segment_sum", jraph.GraphsTuple)]
)
def test_a_propagated_graph_has_the_form_that_propagation_names(name, propagation, form):
    settings = options_of(name, propagation=propagation)
    own = {"recency": 2.0} if hasattr(settings, "recency") else {}
    own |= {"n_neighbors": 0} if name == "filter_r" else {}
    is_graph = lambda node: isinstance(node, Adjacency | jraph.GraphsTuple)
    parts = jax.tree.leaves(graph_of(name, propagation=propagation, **own), is_leaf=is_graph)
    assert {type(part) for part in parts if is_graph(part)} == {form}


def test_mf_and_ease_read_no_graph_and_ease_who_has_what():
    assert graph_of("mf") is None
    found = graph_of("ease")
    assert found.graph is None and found.weight is None
    assert_lists(found.likes, LIKES)


def test_gat_reads_every_edge_and_every_node_itself():
    found, expected = graph_of("gat"), joined(0.5, self_loops=True) > 0
    edge = np.zeros_like(expected)
    edge[found.receivers, found.senders] = True
    assert len(found.senders) == edge.sum()
    np.testing.assert_array_equal(edge, expected)


RECENT = np.zeros((N_USERS, N_ITEMS))
RECENT[0, [2, 0, 3, 1]] = [1, 2 / 3, 2 / 4, 2 / 5]  # At times 40, 30, 20, 10.
RECENT[1, [0, 2]] = [1, 2 / 3]
RECENT[2, [0, 3, 4]] = [1, 2 / 3, 2 / 4]
RECENT[3, [1, 3, 2]] = [1, 2 / 3, 2 / 4]  # Item 1 at times 9 and 5, between them two others.


def test_lightgcn_item_reads_degrees_and_what_users_took_lately_counts_more():
    found = graph_of("lightgcn_item", r=0.3, recency=2.0)
    np.testing.assert_allclose(matrix_of(found.graph), joined(0.3), rtol=1e-5)
    np.testing.assert_array_equal(found.degree, LIKES.sum(0))
    assert found.r == np.float32(0.3)
    expected = joined(0.3)
    expected[:N_USERS, N_USERS:] *= RECENT
    np.testing.assert_allclose(matrix_of(found.sums), expected, rtol=1e-5)
    assert graph_of("lightgcn_item").sums is None


def test_lightgcn_item_learns_from_a_graph_where_all_items_count_alike(key):
    settings = options_of("lightgcn_item", r=0.3, recency=2.0, dim=3)
    graph = build_graph(settings, TRAIN)
    serves, learns = (
        build_model(settings, N_USERS, N_ITEMS, graph, learns=learns) for learns in (False, True)
    )
    params = serves.init(key)
    plain = build_graph(options_of("lightgcn_item", r=0.3), TRAIN)
    alike = serves.encode(params, plain).query
    np.testing.assert_allclose(learns.encode(params, graph).query, alike, rtol=1e-5)
    assert not np.allclose(serves.encode(params, graph).query, alike, rtol=1e-2)


def test_filter_r_gives_the_exponent_to_the_receiver_and_weighs_by_recency():
    found = graph_of("filter_r", r=0.3, recency=2.0, n_neighbors=0)
    np.testing.assert_allclose(matrix_of(found.graph), joined(0.3), rtol=1e-5)
    assert_lists(found.likes, LIKES)
    np.testing.assert_allclose(found.weight, RECENT[LIKES > 0], rtol=1e-6)
    assert graph_of("filter_r").weight is None


def test_filter_r_reads_the_largest_entries_of_two_steps():
    steps = joined(0.3)
    whole = (steps[N_USERS:, :N_USERS] @ steps[:N_USERS, N_USERS:]).T
    table = graph_of("filter_r", r=0.3, n_neighbors=N_ITEMS).graph
    np.testing.assert_allclose(table.matrix().toarray(), whole, rtol=1e-5)
    two = graph_of("filter_r", r=0.3, n_neighbors=2).graph.matrix().toarray()
    np.testing.assert_allclose(np.sort(two)[:, -2:], np.sort(whole)[:, -2:], rtol=1e-5)
    assert ((two > 0).sum(axis=1) <= 2).all()


def test_gf_cf_reads_the_symmetric_graph_and_item_knn_none():
    found = graph_of("gf_cf")
    np.testing.assert_allclose(matrix_of(found.graph), joined(0.5), rtol=1e-5)
    assert graph_of("item_knn").graph is None
    for each in (found, graph_of("item_knn")):
        assert_lists(each.likes, LIKES)
        assert each.weight is None


def test_nia_gcn_reads_weights_and_their_squares():
    once, squared = graph_of("nia_gcn")
    np.testing.assert_allclose(matrix_of(once), joined(0.5), rtol=1e-5)
    np.testing.assert_allclose(matrix_of(squared), joined(0.5) ** 2, rtol=1e-5)


@pytest.mark.parametrize("aggregator", ["pool", "lstm"])
def test_a_table_of_neighbors_holds_so_many_of_every_node(aggregator):
    edge = joined(0.5) > 0
    tables = [graph_of("graphsage", aggregator=aggregator, width=width) for width in (5, 2)]
    whole, few = jax.tree.map(np.asarray, tables)
    for node in range(N_USERS + N_ITEMS):
        near = set(np.flatnonzero(edge[node]).tolist())
        assert {*whole.sender[node][whole.mask[node]].tolist()} == near
        drawn = few.sender[node][few.mask[node]].tolist()
        assert len(drawn) == len(set(drawn)) == min(2, len(near)) and set(drawn) <= near


def dense(weighted):
    """``ops.WeightedEdges`` as a matrix; padding weighs 0."""
    found = np.zeros((N_USERS + N_ITEMS,) * 2)
    np.add.at(found, (weighted.edges.receivers, weighted.edges.senders), weighted.weight)
    return found


def test_bgcf_reads_the_mean_over_neighbors_and_as_many_copies_as_asked():
    found = jax.tree.map(np.asarray, graph_of("bgcf", eps=1.0, n_graphs=3, seed=4))
    np.testing.assert_allclose(dense(found.observed), joined(1.0), rtol=1e-5)
    assert found.user_partner.shape == (3, N_USERS) and found.item_partner.shape == (3, N_ITEMS)
    for which in range(3):
        copy = dense(jax.tree.map(lambda leaf, which=which: leaf[which], found.sampled))
        for user, mate in enumerate(found.user_partner[which]):  # All are copied.
            expected = LIKES[mate] / max(LIKES[mate].sum(), 1)
            np.testing.assert_allclose(copy[user, N_USERS:], expected, rtol=1e-5)
        for item, mate in enumerate(found.item_partner[which]):
            expected = LIKES[:, mate] / max(LIKES[:, mate].sum(), 1)
            np.testing.assert_allclose(copy[N_USERS + item, :N_USERS], expected, rtol=1e-5)
    plain = graph_of("bgcf", eps=0.0, n_graphs=1).sampled
    alone = jax.tree.map(lambda leaf: np.asarray(leaf)[0], plain)
    np.testing.assert_allclose(dense(alone), joined(1.0), rtol=1e-5)


def facts_around(entity):
    """``(other end, relation, whether it is the tail)`` of every fact of an entity."""
    out = [(tail, kind, True) for head, kind, tail in FACTS.tolist() if head == entity]
    back = [(head, kind, False) for head, kind, tail in FACTS.tolist() if tail == entity]
    return sorted(out + back)


@pytest.mark.parametrize("model", ["kgcn", "kgnn_ls"])
def test_models_of_surroundings_read_facts_from_both_ends(model):
    whole, few = (graph_of(model, width=width, pad=True) for width in (3, 1))
    for entity in range(N_ENTITIES):
        for found, most in ((whole.related, 3), (few.related, 1)):
            real = np.asarray(found.mask[entity])
            columns = found.entity, found.relation, found.forward
            rows = zip(*(np.asarray(c[entity])[real].tolist() for c in columns), strict=True)
            due, rows = facts_around(entity), sorted(rows)
            assert len(rows) == min(most, len(due)) and set(rows) <= set(due)
    repeated = graph_of(model, width=3)  # Without pad, rows of some facts are full.
    assert np.asarray(repeated.related.mask).sum(1).tolist() == [
        3 * bool(facts_around(entity)) for entity in range(N_ENTITIES)
    ]
    np.testing.assert_array_equal(whole.entity, ENTITY)
    assert whole.n_relations == N_RELATIONS


def test_kgnn_ls_learns_that_users_took_what_they_have_and_not_as_much_else():
    found = graph_of("kgnn_ls", seed=3)
    taken = np.zeros((N_USERS, N_ENTITIES))
    taken[USER, ENTITY[ITEM]] = 1
    assert_lists(found.positive, taken)
    others = np.diff(found.negative.indptr)
    count = np.bincount(USER, minlength=N_USERS)  # A pair that occurs twice counts twice here.
    assert others.tolist() == np.minimum(count, N_ITEMS - LIKES.sum(1)).tolist()
    rows = np.repeat(np.arange(N_USERS), others)
    assert not taken[rows, found.negative.indices].any()
    assert np.isin(found.negative.indices, ENTITY).all()
    other = graph_of("kgnn_ls", seed=4)
    assert found.negative.indices.tolist() != other.negative.indices.tolist()


def test_kgnn_ls_serves_without_labels_and_kgcn_has_none():
    served = build_graph(options_of("kgnn_ls"), TRAIN, knowledge=KNOWLEDGE, learns=False)
    for found in (served, graph_of("kgcn")):
        assert found.positive is None and found.negative is None


def heads_and_tails(found, user, hop):
    real = np.asarray(found.mask[user, hop])
    place = np.asarray(found.fact[user, hop])[real]
    kind = np.repeat(np.asarray(found.relation), found.head.shape[1])
    head, tail = np.asarray(found.head).reshape(-1), np.asarray(found.tail).reshape(-1)
    return sorted(zip(*(a[place].tolist() for a in (head, kind, tail)), strict=True))


def test_ripplenet_reads_facts_from_head_to_tail_around_training_items():
    graph = graph_of("ripplenet", n_hops=3, n_memories=4, pad=True)
    found = (graph.inner if isinstance(graph, WithShare) else graph).ripples
    assert found.fact.shape == (N_USERS, 3, 4)
    for user in range(N_USERS):
        seeds, before = set(ENTITY[LIKES[user] > 0].tolist()), []
        for hop in range(3):
            due = sorted(tuple(fact) for fact in FACTS.tolist() if fact[0] in seeds) or before
            assert heads_and_tails(found, user, hop) == due
            seeds, before = {tail for _, _, tail in due}, due
    inner = graph.inner if isinstance(graph, WithShare) else graph
    np.testing.assert_array_equal(inner.entity, ENTITY)
    assert (inner.n_entities, inner.n_relations) == (N_ENTITIES, N_RELATIONS)


def test_without_pad_a_hop_of_fewer_facts_has_some_several_times():
    graph = graph_of("ripplenet", n_memories=4)
    found = (graph.inner if isinstance(graph, WithShare) else graph).ripples
    assert set(np.asarray(found.mask).sum(2).ravel().tolist()) == {0, 4}
    assert found.mask.shape[1] == 2


def test_concept_knn_reads_the_other_ends_of_facts_and_half_of_what_lies_behind():
    link = np.zeros((N_ENTITIES, N_ENTITIES))
    for head, _, tail in FACTS:
        link[head, tail] += 1
        link[tail, head] += 1
    for related in (0.0, 0.5):
        graph = graph_of("concept_knn", related=related)
        found = graph.inner if isinstance(graph, WithShare) else graph
        bag = (link + related * link @ link)[ENTITY]
        bag[np.arange(N_ITEMS), ENTITY] = 0  # An item is no concept of its own.
        concept = np.zeros((N_ITEMS, N_ENTITIES))
        rows = np.repeat(np.arange(N_ITEMS), np.diff(found.concept.indptr))
        concept[rows, found.concept.senders] = found.concept.weight
        np.testing.assert_allclose(concept, bag, rtol=1e-6)
        assert_lists(found.likes, LIKES)
        joins = np.asarray(jax.jit(propagate)(np.eye(N_ENTITIES, dtype=np.float32), found.links))
        np.testing.assert_array_equal(joins > 0, link > 0)
        assert found.n_entities == N_ENTITIES


def test_of_ratings_the_mean_is_read_and_who_has_one():
    found = build_graph(options_of("biased_mf"), RATED)
    assert found.user.tolist() == LIKES.any(axis=1).tolist() == [True] * 4 + [False]
    assert found.item.tolist() == LIKES.any(axis=0).tolist() == [True] * 5 + [False]
    assert found.mean == pytest.approx(3.0)
    assert found.n_ratings == len(RATED)


@pytest.mark.parametrize("model", ["markov", "markov_with_repeats", "decayed_item_knn"])
def test_histories_stand_in_order_of_time(model):
    found = graph_of(model)
    for user in range(N_USERS):
        own = (
            np.asarray(found.item)[found.indptr[user] : found.indptr[user + 1]] if user < 4 else []
        )
        mine = TRAIN.user == user
        assert list(own) == TRAIN.item[mine][np.argsort(TRAIN.time[mine], kind="stable")].tolist()
    assert found.owner.tolist() == [0, 1, 2, 3]


FRIEND = np.zeros((N_USERS, N_USERS))
FRIEND[[0, 1, 2, 2], [2, 2, 0, 1]] = 1


def counted(graph, n_receivers, n_senders):
    """How often each edge of two tables stands in a graph."""
    found = np.zeros((n_receivers, n_senders))
    np.add.at(found, (graph.receivers, graph.senders), 1)
    return found


def test_mutualrec_reads_who_has_what_and_friends_both_ways():
    found = graph_of("mutualrec")
    interactions = np.zeros((N_USERS, N_ITEMS))
    np.add.at(interactions, (USER, ITEM), 1)
    np.testing.assert_array_equal(counted(found.to_users, N_USERS, N_ITEMS), interactions)
    np.testing.assert_array_equal(counted(found.to_items, N_ITEMS, N_USERS), interactions.T)
    np.testing.assert_array_equal(counted(found.social, N_USERS, N_USERS), FRIEND)
    np.testing.assert_array_equal(counted(found.known, N_USERS, N_USERS), FRIEND + np.eye(N_USERS))
    assert_lists(found.friends, FRIEND + np.eye(N_USERS))
    degree = FRIEND.sum(1)
    expected = 1 / np.sqrt(degree[found.social.receivers] * degree[found.social.senders])
    np.testing.assert_allclose(found.social.edges, expected, rtol=1e-6)


def test_diffnet_reads_means_over_friends_and_over_items():
    found = graph_of("diffnet")
    social = np.zeros((N_USERS, N_USERS))
    social[found.social.receivers, found.social.senders] = found.social.edges
    np.testing.assert_allclose(social, FRIEND / np.maximum(FRIEND.sum(1, keepdims=True), 1))
    items = np.zeros((N_USERS, N_ITEMS))
    items[found.to_users.receivers, found.to_users.senders] = found.to_users.edges
    expected = LIKES / np.maximum(LIKES.sum(1, keepdims=True), 1)
    np.testing.assert_allclose(items, expected, rtol=1e-6)


def test_disenhan_reads_interactions_and_facts_by_relation():
    found = graph_of("disenhan")
    group, relation = np.asarray(found.to_nodes.receivers), np.asarray(found.to_nodes.edges)
    edges = found.to_groups
    heard = zip(group[edges.receivers], relation[edges.receivers], edges.senders, strict=True)
    item = N_USERS + ENTITY[ITEM]
    expected = [(u, 0, i) for u, i in zip(USER, item, strict=True)]
    expected += [(i, 1, u) for u, i in zip(USER, item, strict=True)]
    for head, kind, tail in FACTS:
        expected.append((N_USERS + head, 2 + 2 * kind, N_USERS + tail))
        expected.append((N_USERS + tail, 3 + 2 * kind, N_USERS + head))
    assert sorted(heard) == sorted(expected)
    np.testing.assert_array_equal(edges.edges, relation[edges.receivers])
    assert set(graph_of("disenhan", typed=False).to_nodes.edges.tolist()) == {0, 1}


def test_models_of_friends_and_ratings_read_levels_and_begin_at_biases():
    start = biases_of(RATED)
    levels = np.unique(RATED.rating)
    opinions, by_level = graph_of("heterographrec", min_common=1), graph_of("sr_hgnn")
    alone = graph_of("graphrec")
    assert len(alone.alike.senders) == 0
    for found in (opinions, by_level, alone):
        np.testing.assert_allclose(found.rated.user_bias, start.user, rtol=1e-6)
        np.testing.assert_allclose(found.rated.item_bias, start.item, rtol=1e-6)
        assert found.rated.shrink_user == start.shrink_user
        assert found.rated.shrink_item == start.shrink_item
        np.testing.assert_array_equal(found.levels, levels)
    edges = opinions.to_users
    given = set(
        zip(edges.receivers.tolist(), edges.senders.tolist(), levels[edges.edges], strict=True)
    )
    assert given == set(zip(USER.tolist(), ITEM.tolist(), RATED.rating, strict=True))
    np.testing.assert_array_equal(counted(opinions.social, N_USERS, N_USERS), FRIEND)
    assert len(opinions.alike.senders) > 0
    assert len(graph_of("heterographrec", alike="none").alike.senders) == 0
    node = N_USERS + ITEM * len(levels) + np.searchsorted(levels, RATED.rating)
    n_nodes = N_USERS + N_ITEMS * len(levels)
    edge = np.eye(n_nodes)
    edge[USER, node] = edge[node, USER] = 1
    degree = edge.sum(1)
    found = jax.jit(propagate)(jnp.eye(n_nodes), by_level.ratings)
    np.testing.assert_allclose(found, edge / np.sqrt(np.outer(degree, degree)), rtol=1e-5)
    assert_lists(by_level.friends, FRIEND + np.eye(N_USERS))


def test_fesog_reads_who_rated_what_friends_both_ways_and_the_middle_of_the_scale():
    found = graph_of("fesog")
    rated = np.zeros((N_USERS, N_ITEMS))
    np.add.at(rated, (USER, ITEM), 1)
    np.testing.assert_array_equal(counted(found.to_users, N_USERS, N_ITEMS), rated)
    np.testing.assert_array_equal(counted(found.social, N_USERS, N_USERS), FRIEND)
    assert found.middle == (RATED.rating.min() + RATED.rating.max()) / 2 and found.known is None


def test_fesog_centered_begins_at_the_mean_and_the_shrunken_biases():
    found, known = graph_of("fesog", center=True), graph_of("biased_mf")
    jax.tree.map(np.testing.assert_array_equal, found.known, known)
    assert known.mean == pytest.approx(RATED.rating.mean()) and np.any(known.item_bias)
    with pytest.raises(InputError, match="--center starts biases, and --no-biases leaves them"):
        graph_of("fesog", center=True, biases=False)


def test_attributes_of_items_are_their_own_facts():
    found = graph_of("kg_sequential")
    entity = {row: item for item, row in enumerate(ENTITY.tolist())}
    expected = [(entity[head], kind, tail) for head, kind, tail in FACTS.tolist() if head in entity]
    columns = found.item, found.attributes[found.attribute], found.values[found.value]
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == sorted(expected)


def test_every_model_of_the_catalogue_has_its_graph_compared_here():
    """A new model joins ``PROPAGATED`` or gets a test of its own."""
    others = "mf ease gat lightgcn_item filter_r gf_cf item_knn nia_gcn graphsage bgcf kgcn"
    others += " kgnn_ls ripplenet concept_knn biased_mf"
    others += " pinsage"  # tests/tasks/test_pinsage.py
    others += " gnewsrec"  # tests/tasks/test_news.py
    others += " gcn_nodes sgc_nodes gat_nodes graphsage_nodes"  # tests/cli/test_wiring_nodes.py
    others += " mutualrec diffnet graphrec heterographrec sr_hgnn fesog disenhan"
    others += " markov markov_with_repeats decayed_item_knn srgnn sasrec gru4rec ksr kg_sequential"
    compared = {name.replace(",", "").split()[0] for name in PROPAGATED} | set(others.split())
    of_facts = {name for name, entry in registry.MODELS.items() if entry.tasks[0].name == "links"}
    assert all(registry.entry(name).graph is None for name in of_facts)
    assert compared == set(registry.MODELS) - of_facts


@pytest.mark.parametrize("model", ["mf", "lightgcn", "filter_r", "ripplenet"])
def test_a_prior_brings_the_logarithm_of_each_items_share(model):
    weight = {"prior": 0.7} if model != "filter_r" else {}
    found = graph_of(model, **weight)
    if model == "filter_r":  # It is not trained, and has no prior.
        assert not isinstance(found, WithShare)
        return
    share = np.maximum(LIKES.sum(0), 1) / LIKES.sum()
    np.testing.assert_allclose(found.log_share, np.log(share), rtol=1e-5)


def test_kgnn_ls_reads_the_labels_of_clicks_where_there_are_some():
    negatives = TRAIN.take(np.array([0, 1]))
    settings = options_of("kgnn_ls", task="clicks")
    found = build_graph(settings, TRAIN, knowledge=KNOWLEDGE, negatives=negatives)
    expected = np.zeros((N_USERS, N_ENTITIES))
    expected[negatives.user, ENTITY[negatives.item]] = 1
    assert_lists(found.negative, expected)
