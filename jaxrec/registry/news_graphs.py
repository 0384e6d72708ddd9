"""What models of news read, as the command line offers it."""

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.data import ItemFeatures, concatenate, topics_of, words_of
from jaxrec.data.encoders import Dense
from jaxrec.graph import NewsGraph, news_graph, with_wide_part
from jaxrec.registry.source import Source

MIN_TITLES = 2
"""A word of one title is not learned."""


def titled(
    source: Source,
    title_length: int = 12,
    n_topics: int = 20,
    n_readers: int = 30,
    n_clicked: int = 10,
    n_recent: int = 10,
) -> NewsGraph:
    """Users, news and topics, with titles and what else is known of the news.

    Args:
      title_length: first words of a title that are read.
      n_topics: topics that latent Dirichlet allocation finds in the titles, where the news have no
        column called topic.
      n_readers: users that a news receives from, drawn once.
      n_clicked: news that a user or a topic receives from, drawn once.
      n_recent: latest clicks of a user that make the short-term interest.
    """
    train, features = source.train, source.features
    if features is None:  # Only where sizes alone are asked about.
        features = ItemFeatures(pl.DataFrame({"title": [None] * train.n_items}), {})
    titles = features.frame.get_column("title", default=None)
    if titles is None:
        titles = pl.Series([None] * train.n_items, dtype=pl.String)
    word, n_words = _words(titles, title_length)
    vector = features.matrix() if features.fitted else np.zeros((train.n_items, 0), np.float32)
    content = _content(features)
    sizes = n_words, n_readers, n_clicked, n_recent, source.seed
    topic = _topics(features, titles, n_topics, source.seed)
    graph = news_graph(train, word, vector, content, topic, *sizes)
    if source.negatives is None:
        return graph
    return with_wide_part(graph, concatenate(train, source.negatives), source.seed)


def _words(titles: pl.Series, length: int) -> tuple[Int32[np.ndarray, "I T"], int]:
    """Rows of words from 1, in the order of the alphabet, and their number."""
    found = words_of(titles)
    counts = found.unique().group_by("word").len().filter(pl.col("len") >= MIN_TITLES).sort("word")
    numbers = counts.select("word").with_row_index("number", offset=1)
    found = found.join(numbers, on="word", maintain_order="left")
    row, number = found["row"].to_numpy(), found["number"].to_numpy()
    place = np.arange(len(row)) - np.searchsorted(row, row)
    word = np.zeros((len(titles), length), np.int32)
    kept = place < length
    word[row[kept], place[kept]] = number[kept]
    return word, len(numbers)


def _content(features: ItemFeatures) -> np.ndarray:
    """Unit vectors of the caller's own, or else of titles."""
    if not features.fitted:
        return np.zeros((features.frame.height, 0), np.float32)
    found, fitted = features.encoded(), features.fitted
    own = [name for name, learned in fitted.items() if isinstance(learned, Dense)] or ["title"]
    parts = [found.value[:, found.blocks[name]] for name in own if name in found.blocks]
    joined = np.concatenate([np.zeros((len(found.value), 0), np.float32), *parts], axis=1)
    length = np.linalg.norm(joined, axis=1, keepdims=True)
    return (joined / np.where(length > 0, length, 1)).astype(np.float32)


def _topics(
    features: ItemFeatures, titles: pl.Series, n_topics: int, seed: int
) -> Int32[np.ndarray, "I"]:
    own = features.frame.get_column("topic", default=None)
    if own is None or own.dtype.is_nested():
        return topics_of(titles, n_topics, seed)
    numbers = own.cast(pl.String).rank("dense").fill_null(0).to_numpy()
    return (numbers - 1).astype(np.int32)
