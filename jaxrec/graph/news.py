"""Users, news and topics as one graph, with what the news say and who clicked them when."""

from typing import Any, NamedTuple

import jraph
import numpy as np
from jaxtyping import Array, Bool, Float32, Int32

from jaxrec.data import Interactions
from jaxrec.graph.neighbors import Neighbors, neighbors

N_READERS, N_CLICKED, N_RECENT = 30, 10, 10
"""Users of a news, news of a user or topic, and latest clicks, as in the reference code."""

WIDE = 5.0, 0.5, 0.0
"""Weights before they are fitted, near those of a logistic regression of German news."""


class NewsGraph(NamedTuple):
    """What models of news read; ``news_graph`` makes it.

    Attributes:
      word: the words of every title, rows of a table from 1; 0 pads.
      vector: what else is known of the news.
      content: a unit vector of each news, whose products say how alike two are; or 0.
      graph: users in rows ``[0, U)``, news behind them, then topics; edges from users and the topic
        to a news, and from news to users and topics.
      reader: of every news the users that it receives from.
      clicked: of every user the news that they receive from.
      recent, recent_mask: the latest clicks of every user, the oldest first.
      n_clicks: of every news.
      n_words: of the vocabulary, without padding.
      wide: weights of the cosine of contents and of the logarithm of clicks, and a constant.
    """

    word: Int32[Array, "I T"] | Int32[np.ndarray, "I T"]
    vector: Float32[Array, "I F"] | Float32[np.ndarray, "I F"]
    content: Float32[Array, "I S"] | Float32[np.ndarray, "I S"]
    graph: jraph.GraphsTuple
    reader: Neighbors
    clicked: Neighbors
    recent: Int32[Array, "U K"] | Int32[np.ndarray, "U K"]
    recent_mask: Bool[Array, "U K"] | Bool[np.ndarray, "U K"]
    n_clicks: Float32[Array, "I"] | Float32[np.ndarray, "I"]
    n_words: Int32[Array, ""] | np.int32
    wide: Float32[Array, "3"] | Float32[np.ndarray, "3"]


def news_graph(
    clicks: Interactions,
    word: Int32[np.ndarray, "I T"],
    vector: Float32[np.ndarray, "I F"],
    content: Float32[np.ndarray, "I S"],
    topic: Int32[np.ndarray, "I"],
    n_words: int,
    n_readers: int = N_READERS,
    n_clicked: int = N_CLICKED,
    n_recent: int = N_RECENT,
    seed: int = 0,
) -> NewsGraph:
    """The graph of these clicks, whose neighbors are drawn once.

    Args:
      clicks: in the order of their times, or else of the file.
      topic: of every news, from 0; -1 for none.
      n_words: of the vocabulary.
      n_readers: users that a news receives from.
      n_clicked: news that a user or a topic receives from.
      n_recent: latest clicks of a user.

    Raises:
      InputError: a number of neighbors below 1.
    """
    n_users, n_news = clicks.n_users, clicks.n_items
    n_topics = max(int(topic.max(initial=-1)) + 1, 1)  # A table without rows cannot be stored.
    n_nodes, news = n_users + n_news + n_topics, n_users + clicks.item
    placed = np.flatnonzero(topic >= 0).astype(np.int32)
    of_topic = (n_users + n_news + topic[placed]).astype(np.int32)
    draw = lambda senders, receivers, width: neighbors(
        _graph(senders, receivers, n_nodes), width, seed
    )
    to_news = draw(clicks.user, news, n_readers)
    from_news = draw(np.append(news, n_users + placed), np.append(clicks.user, of_topic), n_clicked)
    ends = [_edges(to_news), _edges(from_news), (of_topic, n_users + placed)]
    senders, receivers = (np.concatenate(each).astype(np.int32) for each in zip(*ends, strict=True))
    recent, recent_mask = _recent(clicks, n_recent)
    return NewsGraph(
        word,
        vector,
        content,
        _graph(senders, receivers, n_nodes),
        Neighbors(*(part[n_users : n_users + n_news] for part in to_news)),
        Neighbors(
            np.where(from_news.mask, from_news.sender - n_users, 0)[:n_users].astype(np.int32),
            from_news.mask[:n_users],
        ),
        recent,
        recent_mask,
        np.bincount(clicks.item, minlength=n_news).astype(np.float32),
        np.int32(n_words),
        np.array(WIDE, np.float32),
    )


def _graph(senders: np.ndarray, receivers: np.ndarray, n_nodes: int) -> jraph.GraphsTuple:
    arrays: dict[str, Any] = dict.fromkeys(("nodes", "edges", "globals"))
    arrays |= {"senders": senders, "receivers": receivers, "n_node": np.array([n_nodes])}
    arrays |= {"n_edge": np.array([len(senders)])}
    return jraph.GraphsTuple(**arrays)


def _edges(drawn: Neighbors) -> tuple[np.ndarray, np.ndarray]:
    receivers, place = np.nonzero(drawn.mask)
    return np.asarray(drawn.sender)[receivers, place], receivers


def _recent(
    clicks: Interactions, width: int
) -> tuple[Int32[np.ndarray, "U K"], Bool[np.ndarray, "U K"]]:
    item = np.zeros((clicks.n_users, width), np.int32)
    mask = np.zeros(item.shape, bool)
    order = clicks.by_time()
    count = np.bincount(clicks.user, minlength=clicks.n_users)
    user = clicks.user[order]
    before = np.arange(len(order)) - (np.cumsum(count) - count)[user]
    place = before - np.maximum(count - width, 0)[user]
    kept = place >= 0
    item[user[kept], place[kept]], mask[user[kept], place[kept]] = clicks.item[order[kept]], True
    return item, mask
