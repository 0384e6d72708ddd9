"""GNewsRec against loops over edges, words and clicks, and what a pair must not know."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import gnewsrec
from jaxrec.models.left_out import pair_of
from tests.models.news import CLICKS, DIM, N_NEWS, N_USERS, WORD_DIM, score, small_graph

SWITCHES = [
    {},
    {"n_layers": 1, "short_term": False, "wide": False},
    {"n_layers": 0, "wide": False},
    {"own_vector": False, "short_term": False},
]


def built(**switches):
    graph = small_graph()
    model = gnewsrec(graph, N_USERS, N_NEWS, dim=DIM, word_dim=WORD_DIM, **switches)
    params = jax.tree.map(lambda a: a + 0.1, model.init(jax.random.key(0)))
    return graph, model, params


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda one: ",".join(one) or "default")
def test_scores_are_those_of_loops(switches):
    graph, model, params = built(**switches)
    users, news = jnp.arange(N_USERS), jnp.arange(N_NEWS)
    on_device = jax.tree.map(jnp.asarray, graph)
    both = jax.jit(lambda p, g: [model.score(model.encode(p, g), users, v) for v in (news, listed)])
    listed = jnp.broadcast_to(news, (N_USERS, N_NEWS))[:, :2]
    found, few = both(params, on_device)
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    full = {"n_layers": 2, "own_vector": True, "wide": True, "short_term": True} | switches
    full["short"] = full.pop("short_term")
    expected = [[score(p, graph, u, v, **full) for v in range(N_NEWS)] for u in range(N_USERS)]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(few, found[:, :2], rtol=1e-4, atol=1e-5)


def test_in_training_a_pair_without_click_leaves_out_another():
    graph = jax.tree.map(jnp.asarray, small_graph())
    keys = jax.random.split(jax.random.key(1), 200)
    user, news = jnp.int32(0), jnp.arange(N_NEWS)
    pairs = jax.vmap(lambda key: pair_of(graph, user, news, key))(keys)
    own = set(CLICKS.item[CLICKS.user == 0].tolist())
    assert np.asarray(pairs.own[0]).nonzero()[0].tolist() == sorted(own)
    for item in range(N_NEWS):
        clicked = set(np.asarray(pairs.clicked[:, item]).tolist())
        readers = set(np.asarray(pairs.reader[:, item]).tolist())
        if item in own:
            assert clicked == {item} and readers == {0}
        else:
            assert clicked == {1, 2, 4}  # The three latest.
            assert readers == (set(CLICKS.user[CLICKS.item == item].tolist()) or {-1})


def test_a_label_leaves_no_trace_in_what_a_pair_is_scored_by():
    """Without the user's click on a news the pair has the score that it has with it."""
    graph, model, params = built()
    kept = (CLICKS.user != 0) | (CLICKS.item != 2)
    pair = jnp.array([0]), jnp.array([[2]])
    scores = []
    for clicks in (CLICKS, CLICKS.take(np.flatnonzero(kept))):
        graph = small_graph(n_recent=4, clicks=clicks)
        # Levels below the last hear of the click from others: one layer has none.
        model = gnewsrec(graph, N_USERS, N_NEWS, dim=DIM, word_dim=WORD_DIM, n_layers=1)
        one = params | {"layers": params["layers"][:1]}
        scored = jax.jit(lambda p, g, model=model: model.score(model.encode(p, g), *pair))
        scores.append(float(scored(one, jax.tree.map(jnp.asarray, graph))[0, 0]))
    np.testing.assert_allclose(*scores, rtol=1e-5)


def test_a_news_that_nobody_clicked_is_scored_from_its_title():
    graph, model, params = built()
    other = graph._replace(word=graph.word.copy())
    other.word[5] = [3, 2, 0, 0]
    scored = jax.jit(lambda g: model.score(model.encode(params, g), jnp.arange(4), jnp.arange(6)))
    before, after = (scored(jax.tree.map(jnp.asarray, one)) for one in (graph, other))
    moved = np.abs(np.asarray(before - after)).max(axis=0)
    assert moved[5] > 1e-3 and moved[:5].max() < 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_layers": 3}, r"n_layers is 3; give 0 \(no graph\), 1 or 2"),
        ({"dropout": 1.0}, r"dropout is 1.0; give 0 \(none\) or more, below 1"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        gnewsrec(small_graph(), N_USERS, N_NEWS, **options)


def test_a_graph_of_other_news_is_refused():
    with pytest.raises(
        InputError, match="the graph has 4 users and 6 news but n_users=4, n_items=7"
    ):
        gnewsrec(small_graph(), N_USERS, N_NEWS + 1)
