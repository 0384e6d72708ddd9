"""Edges of users, news and topics, the latest clicks, and the fit of titles and clicks."""

import dataclasses

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import news_graph, with_wide_part
from tests.models.news import CLICKS, CONTENT, N_NEWS, N_USERS, TOPIC, VECTOR, WORD, small_graph


def test_news_receive_from_readers_and_topic_and_send_to_both():
    graph = small_graph().graph
    pairs = zip(CLICKS.user.tolist(), (N_USERS + CLICKS.item).tolist(), strict=True)
    topics = [(N_USERS + N_NEWS + t, N_USERS + v) for v, t in enumerate(TOPIC) if t >= 0]
    due = [*pairs, *topics]
    found = zip(graph.senders.tolist(), graph.receivers.tolist(), strict=True)
    assert sorted(found) == sorted([*due, *((b, a) for a, b in due)])


def test_the_latest_clicks_stand_in_the_order_of_their_times():
    clicks = dataclasses.replace(CLICKS, time=np.array([9, 3, 5, 1, 1, 2, 7]))
    graph = news_graph(clicks, WORD, VECTOR, CONTENT, TOPIC, 7, n_recent=3)
    assert graph.recent[0].tolist() == [2, 4, 0]
    assert graph.recent_mask.tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_fewer_neighbors_are_drawn_than_there_are():
    graph = news_graph(CLICKS, WORD, VECTOR, CONTENT, TOPIC, 7, n_readers=1, n_clicked=2)
    receivers = np.asarray(graph.graph.receivers)
    assert np.bincount(receivers, minlength=N_USERS + N_NEWS + 2).tolist() == [
        *[2, 2, 1, 0],  # Users.
        *[2, 2, 2, 2, 2, 0],  # News: a reader and the topic.
        *[2, 2],
    ]
    with pytest.raises(InputError, match="width of the neighbor table is 0"):
        news_graph(CLICKS, WORD, VECTOR, CONTENT, TOPIC, 7, n_readers=0)


def test_where_no_news_has_a_topic_there_is_one_without_news():
    graph = news_graph(CLICKS, WORD, VECTOR, CONTENT, np.full(N_NEWS, -1, np.int32), 7).graph
    assert graph.n_node.tolist() == [N_USERS + N_NEWS + 1]
    assert max(graph.senders.max(), graph.receivers.max()) < N_USERS + N_NEWS


def test_the_wide_part_is_a_logistic_regression_without_the_pairs_own_click():
    shown = [(0, 3, 0), (0, 5, 0), (1, 2, 0), (1, 4, 0), (1, 5, 0), (2, 5, 0)]
    rows = [(u, v, 1) for u, v in zip(CLICKS.user, CLICKS.item, strict=True)] + shown
    user, item, label = np.array(rows, np.int32).T
    pairs = Interactions(user, item, N_USERS, N_NEWS, rating=label.astype(np.float32))
    graph = small_graph()
    weight = with_wide_part(graph, pairs).wide
    slope = 1e-4 * weight
    learned = [row for row in rows if row[0] in (0, 1)]  # User 2 has one click.
    for u, v, y in learned:
        clicked = [item for who, item in zip(CLICKS.user, CLICKS.item, strict=True) if who == u]
        profile = sum(CONTENT[item] for item in clicked[-3:] if item != v)
        cosine = profile @ CONTENT[v] / np.linalg.norm(profile)
        x = np.array([cosine, np.log1p(np.sum(CLICKS.item == v) - y), 1.0])
        slope += (1 / (1 + np.exp(-x @ weight)) - y) * x / len(learned)
    np.testing.assert_allclose(slope, 0, atol=1e-4)
    none = with_wide_part(graph, pairs.take(np.flatnonzero(label == 1)))
    assert none.wide.tolist() == graph.wide.tolist()
