"""What a step of training minimizes and how it moves, against formulas of NumPy.

A long file, for every model has its loss here, and one test holds that none is missing.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec import models, registry
from jaxrec.base import Batch
from jaxrec.models import WithShare
from jaxrec.models.kgnn_ls import smoothness
from jaxrec.models.opinions import without_ratings as without_opinions
from jaxrec.models.ripplenet import known_facts, l2_memories
from jaxrec.models.sr_hgnn import without_ratings as without_levels
from jaxrec.runs.fit.training import build_training, first_progress
from jaxrec.runs.model_options import options_of
from tests.cli.wired import (
    DIM,
    KNOWLEDGE,
    LISTED,
    N_ITEMS,
    N_USERS,
    RATED,
    RELATIONS,
    TRAIN,
    mf_scores,
)

SHARED = Batch(
    query=jnp.array([0, 3, 2]),
    item=jnp.array([1, 2, 4, 5]),
    label=jnp.array(np.eye(3, 4, dtype=np.float32)),
    mask=jnp.array([[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 0]], bool),
    log_q=None,
)
QUERY, POSITIVE = np.array(LISTED.query), np.array(LISTED.item)[:, 0]


def prepared(model, batch=LISTED, **own):
    """Training, parameters that are far from 0, representations and metrics of one step."""
    width = {"dim": DIM} if "dim" in options_of(model).__dataclass_fields__ else {}
    training = build_training(
        options_of(model, **width | own), TRAIN, knowledge=KNOWLEDGE, relations=RELATIONS
    )

    @jax.jit
    def step(graph, batch):
        params = jax.tree.map(lambda leaf: leaf * 3 + 0.1, training.model.init(jax.random.key(7)))
        state = training.step.init(params, jax.random.key(8))
        return state, *training.step.update(state, graph, batch)

    state, after, metrics = step(training.graph, batch)
    return training, state, after, jax.tree.map(float, metrics)


def l2_of_rows(params, batch=LISTED):
    """Half of the squares of users' rows and of their valid candidates' rows, a query."""
    total = 0.0
    for row, query in enumerate(batch.query):
        if "user" in params:
            total += np.sum(np.square(np.asarray(params["user"])[query]))
        if "item" in params:
            valid = np.asarray(batch.item[row])[np.asarray(batch.mask[row])]
            total += np.sum(np.square(np.asarray(params["item"])[valid]))
    return total / 2 / len(batch.query)


def mean_over_pairs(scores, loss, mask=LISTED.mask):
    """Of ``loss(negative - positive)`` over valid negatives, the positive in column 0."""
    apart = np.asarray(scores[:, 1:] - scores[:, :1], np.float64)
    return np.mean(loss(apart[np.asarray(mask)[:, 1:]]))


def softplus(x):
    return np.log1p(np.exp(x))


def cross_entropy(scores):
    valid, label = np.asarray(LISTED.mask), np.asarray(LISTED.label)
    return np.mean((softplus(scores) - label * scores)[valid])


def cross_entropy_apart(scores):
    valid, label = np.asarray(LISTED.mask), np.asarray(LISTED.label) > 0
    return np.mean(softplus(-scores)[valid & label]) + np.mean(softplus(scores)[valid & ~label])


def hardest_two(scores):
    kept = []
    for row, valid in zip(scores, np.asarray(LISTED.mask), strict=True):
        negative = np.sort(row[1:][valid[1:]])[::-1][:2]
        kept += (negative - row[0]).tolist()
    return np.mean(softplus(np.array(kept)))


def hinge(scores):
    return mean_over_pairs(scores, lambda apart: np.maximum(apart + 0.3, 0))


def listwise(scores):
    mass = np.where(LISTED.mask, np.exp(scores), 0)
    return np.mean(-np.log(mass[:, 0] / mass.sum(1)))


LOSSES = {
    "bpr": ({}, lambda scores: mean_over_pairs(scores, softplus)),
    "hardest": ({"negatives": 3, "hardest": 2}, hardest_two),
    "binary": ({"loss": "binary"}, cross_entropy),
    "balanced_binary": ({"loss": "balanced_binary"}, cross_entropy_apart),
    "max_margin": ({"loss": "max_margin", "margin": 0.3}, hinge),
    "softmax": ({"loss": "softmax"}, listwise),
}


@pytest.mark.parametrize("temperature", [None, 0.5])
@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_the_ranking_loss_and_so_many_times_the_l2_of_rows(name, temperature):
    own, expected = LOSSES[name]
    _, state, _, metrics = prepared("mf", l2=0.3, temperature=temperature, **own)
    ranked = expected(mf_scores(state.params, temperature))
    assert metrics["rank"] == pytest.approx(ranked, rel=1e-5)
    assert metrics["l2"] == pytest.approx(l2_of_rows(state.params), rel=1e-5)
    assert metrics["loss"] == pytest.approx(ranked + 0.3 * l2_of_rows(state.params), rel=1e-5)


def test_a_softmax_takes_log_q_off_the_scores():
    log_q = np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)
    _, state, _, metrics = prepared("mf", LISTED._replace(log_q=log_q), loss="softmax")
    expected = listwise(mf_scores(state.params) - log_q)
    assert metrics["rank"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", ["bpr", "max_margin"])
@pytest.mark.parametrize("candidates", ["in_batch", "shared", "all"])
def test_losses_on_differences_find_the_positive_among_shared_candidates(candidates, loss):
    own = {"candidates": candidates, "loss": loss, "margin": 0.3}
    _, state, _, metrics = prepared("mf", SHARED, **own)
    user, item = (np.asarray(state.params[name]) for name in ("user", "item"))
    scores = user[SHARED.query] @ item[SHARED.item].T
    kept = []
    for row, (score, valid) in enumerate(zip(scores, np.asarray(SHARED.mask), strict=True)):
        valid = valid & (np.arange(4) != row)  # The positive of query b is in column b.
        kept += (score[valid] - score[row]).tolist()
    each = softplus(np.array(kept)) if loss == "bpr" else np.maximum(np.array(kept) + 0.3, 0)
    assert metrics["rank"] == pytest.approx(each.mean(), rel=1e-5)


def scores_of(reps):
    query, item = np.asarray(reps.query, np.float64), np.asarray(reps.item, np.float64)
    return np.einsum("bd,bcd->bc", query[QUERY], item[np.asarray(LISTED.item)])


ENCODED = {
    "lightgcn": {"n_layers": 2, "r": 0.3},
    "lightgcn_item": {"n_layers": 2, "r": 0.3},
    "ngcf": {"n_layers": 1},
    "gcn": {"n_layers": 1},
    "graphsage": {"aggregator": "gcn", "n_layers": 1},
    "gat": {"n_heads": 3},
    "nia_gcn": {},
    "simgcl": {"n_layers": 2, "contrast_weight": 0.7, "contrast_temperature": 0.4},
    "xsimgcl": {"n_layers": 2, "contrast_weight": 0.7, "contrast_temperature": 0.4},
    "bgcf": {"distance_weight": 0.7, "n_graphs": 2},
    "mutualrec": {"link_weight": 0.7, "n_links": 9},
    "diffnet": {"n_layers": 1},
}
FACTORY_ONLY = (
    "r",
    "contrast_weight",
    "contrast_temperature",
    "distance_weight",
    "n_graphs",
    "link_weight",
)


def info_nce(first, second, rows, temperature):
    rows = np.unique(rows)
    first, second = (np.asarray(table, np.float64)[rows] for table in (first, second))
    first, second = (t / np.linalg.norm(t, axis=1, keepdims=True) for t in (first, second))
    mass = np.exp(first @ second.T / temperature)
    return np.mean(-np.log(np.diag(mass) / mass.sum(1)))


def term_of(name, reps):
    """``(name, weight, value)`` of a model's own term by its docstring."""
    if name in ("simgcl", "xsimgcl"):
        pairs = zip(reps.first, reps.second, (QUERY, POSITIVE), strict=True)
        return "contrast", 0.7, sum(info_nce(*pair, temperature=0.4) for pair in pairs)
    if name == "mutualrec":
        user, (friend, stranger) = reps.links.user, reps.links.other.T
        query, row = (np.asarray(table, np.float64) for table in (reps.friend_query, reps.friend))
        apart = np.sum(query[user] * (row[stranger] - row[friend]), axis=1)
        return "friends", 0.7, np.mean(softplus(apart))
    query, item = np.asarray(reps.query), np.asarray(reps.item)
    to_user = query[QUERY] - query[np.asarray(reps.user_partner)[QUERY]]
    to_item = item[POSITIVE] - item[np.asarray(reps.item_partner)[POSITIVE]]
    return "distance", 0.7, np.mean(np.sum(to_user**2, 1) + np.sum(to_item**2, 1))


@pytest.mark.parametrize("name", ENCODED)
def test_the_loss_of_a_model_is_of_its_own_representations_with_its_own_terms(name):
    own = ENCODED[name]
    training, state, _, metrics = prepared(name, l2=0.3, **own)
    given = {key: value for key, value in own.items() if key not in FACTORY_ONLY}
    model = getattr(models, name)(N_USERS, N_ITEMS, dim=DIM, **given)
    reps = jax.jit(model.encode)(state.params, training.graph, key=state.step_key(1))
    ranked = mean_over_pairs(scores_of(reps), softplus)
    l2 = l2_of_rows(state.params)
    assert metrics["rank"] == pytest.approx(ranked, rel=1e-4)
    assert metrics["l2"] == pytest.approx(l2, rel=1e-5)
    total, names = ranked + 0.3 * l2, {"loss", "rank", "l2"}
    if registry.entry(name).terms is not None:
        term, weight, value = term_of(name, reps)
        assert metrics[term] == pytest.approx(value, rel=1e-4)
        total, names = total + weight * value, names | {term}
    assert metrics["loss"] == pytest.approx(total, rel=1e-4)
    assert set(metrics) == names


def half_of_all(params):
    named = jax.tree_util.tree_leaves_with_path(params)
    leaves = [leaf for path, leaf in named if "bias" not in jax.tree_util.keystr(path)]
    return sum(np.sum(np.square(np.asarray(leaf, np.float64))) for leaf in leaves) / 2


OF_SESSIONS = ("srgnn", "gru4rec", "sasrec", "ksr", "kg_sequential")
KNOWING = {
    "kgcn": {"width": 2},
    "kgnn_ls": {"smooth_weight": 0.7, "smooth_form": "reference", "width": 2},
    "ripplenet": {"kge_weight": 0.7},
}


@pytest.mark.parametrize("name", KNOWING)
def test_models_of_facts_have_l2_and_terms_of_their_own(name):
    training, state, _, metrics = prepared(name, l2=0.2, **KNOWING[name])
    graph = training.graph.inner if isinstance(training.graph, WithShare) else training.graph
    model = getattr(models, name)(graph, N_USERS, N_ITEMS, dim=DIM)
    reps = jax.jit(model.encode)(state.params, graph)
    scores = jax.jit(model.score)(reps, LISTED.query, LISTED.item)
    ranked = mean_over_pairs(np.asarray(scores), softplus)
    l2, total = half_of_all(state.params), 0.0
    if name == "kgnn_ls":
        smooth = float(jax.jit(smoothness("reference"))(state.params, reps, LISTED))
        assert metrics["smooth"] == pytest.approx(smooth, rel=1e-4)
        total = 0.7 * smooth
    elif name == "ripplenet":
        true = float(jax.jit(known_facts)(state.params, reps, LISTED))
        assert metrics["kge"] == pytest.approx(true, rel=1e-4)
        l2, total = float(jax.jit(l2_memories)(state.params, reps, LISTED)), 0.7 * true
    assert metrics["rank"] == pytest.approx(ranked, rel=1e-4)
    assert metrics["l2"] == pytest.approx(l2, rel=1e-4)
    assert metrics["loss"] == pytest.approx(ranked + 0.2 * l2 + total, rel=1e-4)


def ridge(params, rated):
    """What ridge regression adds: ``(l2, biases)``, of rows that count once."""
    tables = [np.asarray(params[name], np.float64) ** 2 for name in ("user", "item")]
    user, item = (table[:, -1].sum() for table in tables)
    biases = float(rated.shrink_user) * user + float(rated.shrink_item) * item
    return sum(table[:, :-1].sum() for table in tables) / len(RATED), biases / len(RATED)


def test_ratings_are_learned_by_squared_error_and_ridge_regression():
    """Of one candidate a query, labeled by its rating."""
    columns = (jnp.asarray(column[:4]) for column in (RATED.user, RATED.item, RATED.rating))
    user, item, rating = columns
    batch = Batch(user, item[:, None], rating[:, None], jnp.ones((4, 1), bool))
    own = options_of("biased_mf", dim=DIM, l2=0.2)
    training = build_training(own, RATED)
    params = jax.tree.map(lambda leaf: leaf * 3 + 0.1, training.model.init(jax.random.key(7)))
    state = training.step.init(params, jax.random.key(8))
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    p, q = (np.asarray(params[name], np.float64) for name in ("user", "item"))
    p, q = p[np.asarray(user)], q[np.asarray(item)]
    l2, biases = ridge(params, training.graph)
    score = 3.0 + p[:, -1] + q[:, -1] + np.sum(p[:, :-1] * q[:, :-1], axis=1)
    error = np.mean((score - np.asarray(rating)) ** 2)
    assert float(metrics["rank"]) == pytest.approx(error, rel=1e-4)
    assert float(metrics["loss"]) == pytest.approx(error + 0.2 * l2 + biases, rel=1e-4)


def test_disenhan_learns_labels_by_cross_entropy():
    training, state, _, metrics = prepared("disenhan", l2=0.3, n_facets=1)
    reps = training.model.encode(state.params, training.graph, key=state.step_key(1))
    scores, label = scores_of(reps), np.asarray(LISTED.label)
    each = np.logaddexp(0, np.where(label > 0, -scores, scores))
    ranked = each[np.asarray(LISTED.mask)].mean()
    assert metrics["rank"] == pytest.approx(ranked, rel=1e-4)
    assert metrics["loss"] == pytest.approx(ranked + 0.3 * l2_of_rows(state.params), rel=1e-4)
    assert options_of("disenhan").negatives == 5


@pytest.mark.parametrize("center", [False, True])
def test_fesog_learns_ratings_by_squared_error_and_l2_of_the_rows_of_a_batch(center):
    """Centered, biases are weighed by ridge regression in its place."""
    columns = (jnp.asarray(column[:4]) for column in (RATED.user, RATED.item, RATED.rating))
    user, item, rating = columns
    batch = Batch(user, item[:, None], rating[:, None], jnp.ones((4, 1), bool))
    own = options_of("fesog", dim=4, l2=0.2, center=center)
    training = build_training(own, RATED, relations=RELATIONS)
    state = first_progress(training, 0).state
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    reps = training.model.encode(state.params, training.graph)
    scores = np.asarray(training.model.score(reps, user, item[:, None]))[:, 0]
    squared = np.mean((scores - np.asarray(rating)) ** 2)
    assert set(metrics) == {"loss", "rank", "l2"} | ({"biases"} if center else set())
    assert float(metrics["rank"]) == pytest.approx(squared, rel=1e-4)
    tables = (np.asarray(state.params[n])[r] for n, r in (("user", user), ("item", item)))
    of_rows = sum(np.sum(table[:, : 4 if center else 5] ** 2) for table in tables)
    biases = ridge(state.params, training.graph.known)[1] if center else 0.0
    assert float(metrics["l2"]) == pytest.approx(of_rows / 2 / 4, rel=1e-4)
    assert float(metrics.get("biases", 0)) == pytest.approx(biases, rel=1e-4)
    assert float(metrics["loss"]) == pytest.approx(squared + 0.2 * of_rows / 8 + biases, rel=1e-4)


RATING_TERMS = {
    "graphrec": set(),
    "heterographrec": set(),
    "sr_hgnn": {"levels", "friends"},
}
"""Names of their own terms."""
WITHOUT_RATINGS = {
    "graphrec": without_opinions,
    "heterographrec": without_opinions,
    "sr_hgnn": without_levels,
}


@pytest.mark.parametrize("name", RATING_TERMS)
def test_models_of_friends_learn_ratings_by_squared_error_and_their_terms(name):
    columns = (jnp.asarray(column[:4]) for column in (RATED.user, RATED.item, RATED.rating))
    user, item, rating = columns
    batch = Batch(user, item[:, None], rating[:, None], jnp.ones((4, 1), bool))
    training = build_training(options_of(name, dim=4, l2=0.2), RATED, relations=RELATIONS)
    state = first_progress(training, 0).state
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    hidden = WITHOUT_RATINGS[name](training.graph, batch)
    reps = training.model.encode(state.params, hidden, key=state.step_key(1))
    scores = np.asarray(training.model.score(reps, user, item[:, None]))[:, 0]
    assert float(metrics["rank"]) == pytest.approx(
        np.mean((scores - np.asarray(rating)) ** 2), rel=1e-4
    )
    l2, biases = ridge(state.params, training.graph.rated)
    assert float(metrics["l2"]) == pytest.approx(l2, rel=1e-4)
    assert float(metrics["biases"]) == pytest.approx(biases, rel=1e-4)
    assert set(metrics) == {"loss", "rank", "l2", "biases"} | RATING_TERMS[name]
    weights = {"rank": 1, "l2": 0.2, "biases": 1, "levels": 0.1, "friends": 0.05}
    total = sum(weight * float(metrics.get(term, 0)) for term, weight in weights.items())
    assert float(metrics["loss"]) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("name", OF_SESSIONS)
def test_models_of_sessions_learn_by_the_softmax_over_all_items_and_l2_of_all_tables(name):
    still = {"dropout": 0.0} if name in ("gru4rec", "sasrec", "ksr") else {}
    own = options_of(name, dim=DIM, l2=0.2, batch_size=3, **still)
    training = build_training(own, TRAIN, knowledge=KNOWLEDGE)
    assert training.n_steps == -(-(len(TRAIN) - len(set(TRAIN.user))) // 3)
    batch = training.batches.sample(jax.random.key(3), training.tables)
    state = training.step.init(training.model.init(jax.random.key(7)), jax.random.key(8))
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    reps = training.model.encode(state.params, training.graph)
    scores = np.asarray(training.model.score(reps, batch.query, batch.item), np.float64)
    own = np.sum(scores * np.asarray(batch.label), axis=1)
    ranked = np.mean(np.log(np.sum(np.exp(scores), axis=1)) - own)
    assert metrics["rank"] == pytest.approx(ranked, rel=1e-4)
    l2 = half_of_all({name: each for name, each in state.params.items() if name != "facts"})
    assert metrics["l2"] == pytest.approx(l2, rel=1e-4)
    assert metrics["loss"] == pytest.approx(ranked + 0.2 * l2, rel=1e-4)


def test_every_trained_model_has_its_loss_compared_here():
    trained = {name for name, entry in registry.MODELS.items() if entry.trained}
    of_pairs = {"pinsage"}  # tests/tasks/test_pinsage.py
    of_titles = {"gnewsrec"}  # tests/tasks/test_news.py
    of_nodes = {"gcn_nodes", "sgc_nodes", "gat_nodes", "graphsage_nodes"}  # test_wiring_nodes
    of_facts = {
        "twhin",
        "transe",
        "distmult",
        "complex",
        "rotate",
        "node2vec",
    }  # By what they learn: test_links.
    assert {
        "mf",
        "biased_mf",
        *ENCODED,
        *KNOWING,
        *RATING_TERMS,
        "disenhan",
        "fesog",
        *of_pairs,
        *of_titles,
        *of_facts,
        *of_nodes,
        *OF_SESSIONS,
    } == trained
