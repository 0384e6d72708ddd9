"""Items with features, a graph, and pairs of items: to learn from, choose by, be tested on."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Bool, Float32, Int

from jaxrec.data import (
    Interactions,
    Pairs,
    apply_features,
    fit_features,
    hold_out_items,
    item_facts,
    item_pairs,
    load,
)
from jaxrec.graph import Csr, bipartite, user_items
from jaxrec.ops import ImportanceNeighbors, items_of_items, prepare
from jaxrec.sampling import item_neighbors, pagerank_bands


class Shown(NamedTuple):
    """What an encoder may read of the items.

    Attributes:
      table: the important neighbors of each.
    """

    feature: Float32[np.ndarray, "I F"]
    table: ImportanceNeighbors


class Task(NamedTuple):
    """What a row of the table is trained and asked on.

    Attributes:
      shown: items as training sees them.
      band: hard negatives of each item.
      likes: the answers of each item that training knows.
      valid: pairs that choose, new to training; so are those of ``test``.
      known: items that training met, which can be answers.
      served: by name, items as they are when the test is asked.
      answers: which items the test's answers are drawn from.
    """

    shown: Shown
    band: Int[np.ndarray, "I W"]
    likes: Csr
    valid: Pairs
    test: Pairs
    known: Bool[np.ndarray, "I"]
    served: dict[str, Shown]
    answers: Bool[np.ndarray, "I"]


class Source(NamedTuple):
    """A data set in three parts.

    Attributes:
      met: what the graph is made of; nothing in it tells a pair of ``valid`` or ``test``.
    """

    facts: Any
    met: Interactions
    train: Pairs
    valid: Pairs
    test: Pairs


def read(data: str, data_dir: str | None, fractions: Sequence[float]) -> Source:
    """Cuts pairs in three: by time where they have times, then the graph is what came before.

    Pairs without times are cut at random, both directions of a pair to one part.

    Args:
      fractions: of validation and test.
    """
    dataset = load(data, data_dir=data_dir)
    pairs = item_pairs(data, dataset, data_dir)
    facts = item_facts(data, dataset.item_ids, data_dir)
    rest, last = 1 - sum(fractions), 1 - fractions[1]
    met = dataset.interactions
    if pairs.time is None:
        low, high = np.minimum(pairs.query, pairs.item), np.maximum(pairs.query, pairs.item)
        _, pair = np.unique(low.astype(np.int64) * met.n_items + high, return_inverse=True)
        place = np.random.default_rng(0).permutation(pair.max() + 1)[pair] / (pair.max() + 1)
    else:
        assert met.time is not None  # Pairs have their times from there.
        ends = np.quantile(met.time, [rest, last])
        place = np.array([0, rest, last])[np.searchsorted(ends, pairs.time)]
        met = met.take(met.time <= ends[0])
    parts = place < rest, (place >= rest) & (place < last), place >= last
    return Source(facts, met, *(pairs.take(part) for part in parts))


def all_items(source: Source, config: Any) -> Task:
    """The table's task: who answers is known to training, the pair is not."""
    known = np.bincount(source.met.item, minlength=source.met.n_items) > 0
    shown = _shown(source, source.met, known, config)
    likes = _lists(source.train, len(known))
    valid = _new(source.valid, likes, known, known)
    test = _new(_apart(source.test, source.valid, len(known)), likes, known, known)
    band = _band(source.met, config)
    return Task(shown, band, likes, valid, test, known, {"": shown}, known)


def new_items(source: Source, config: Any, seed: int) -> Task:
    """The same where a tenth of the answers is new: no pair and no interaction in training.

    The test asks for them among all items, shown with their interactions, and by features alone,
    with the neighbors of who is nearest by features.
    """
    n_items = source.met.n_items
    parts = source.train, source.valid, source.test
    query = np.concatenate([part.query for part in parts])
    item = np.concatenate([part.item for part in parts])
    held = hold_out_items(Pairs(query, item), config.held_fraction, seed).item
    hidden = np.isin(np.arange(n_items), held)
    met = source.met.take(~hidden[source.met.item])
    known = np.bincount(met.item, minlength=n_items) > 0
    train, valid = (
        pairs.take(~hidden[pairs.query] & ~hidden[pairs.item])
        for pairs in (source.train, source.valid)
    )
    likes, shown = _lists(train, n_items), _shown(source, met, known, config)
    back = _shown(source, source.met, known, config)
    there = np.bincount(source.met.item, minlength=n_items) > 0
    new = hidden & there
    served = {
        "with their interactions": back,
        "by features alone": Shown(shown.feature, _borrowed(shown, known, new)),
    }
    test = _new(_apart(source.test, source.valid, n_items), likes, known, new)
    valid = _new(valid, likes, known, known)
    return Task(shown, _band(met, config), likes, valid, test, known, served, known | new)


def _shown(source: Source, met: Interactions, fitted: Bool[np.ndarray, "I"], config: Any) -> Shown:
    """Features fitted on ``fitted`` alone, with the logarithm of the degree, as in the paper."""
    degree = np.bincount(met.item, minlength=met.n_items)
    counted = pl.Series("degree", degree).replace({0: None})  # Unknown, not unwanted.
    table, kinds = source.facts.table.with_columns(counted), source.facts.kinds
    learned = fit_features(table.filter(fitted), **kinds, count=("degree",))
    feature = apply_features(learned, table).value
    walked = {"n_walks": config.n_walks, "length": config.length}
    key = jax.random.key(0)
    return Shown(feature, item_neighbors(key, met, config.width, **walked))


def _band(met: Interactions, config: Any) -> Int[np.ndarray, "I W"]:
    graph = prepare(bipartite(met, r=0.0), n_users=met.n_users)
    low, high = (round(share * met.n_items) for share in config.hard_ranks)
    query, sizes = np.arange(met.n_items), (met.n_users, met.n_items)
    return pagerank_bands(items_of_items, graph, query, *sizes, low, high)


def _lists(pairs: Pairs, n_items: int) -> Csr:
    return user_items(Interactions(pairs.query, pairs.item, n_items, n_items))


def _new(
    pairs: Pairs, likes: Csr, asks: Bool[np.ndarray, "I"], answers: Bool[np.ndarray, "I"]
) -> Pairs:
    """Each pair once, without those that training has, between items that may ask and answer."""
    n_items = len(asks)
    owner = np.repeat(np.arange(n_items), np.diff(likes.indptr))
    had = owner * n_items + likes.indices
    pair = np.setdiff1d(pairs.query.astype(np.int64) * n_items + pairs.item, had)
    query, item = (pair // n_items).astype(np.int32), (pair % n_items).astype(np.int32)
    return Pairs(query, item).take(asks[query] & answers[item])


def _apart(pairs: Pairs, others: Pairs, n_items: int) -> Pairs:
    """The pairs without those that are others."""
    code = lambda some: some.query.astype(np.int64) * n_items + some.item
    return pairs.take(~np.isin(code(pairs), code(others)))


def _borrowed(
    shown: Shown, known: Bool[np.ndarray, "I"], new: Bool[np.ndarray, "I"]
) -> ImportanceNeighbors:
    """The table in which new items have for neighbors the known ones nearest by features."""
    length = np.linalg.norm(shown.feature, axis=1, keepdims=True)
    x = shown.feature / np.maximum(length, 1e-9)
    cosines = jnp.where(jnp.asarray(known)[None], x[new] @ x.T, -1)
    near, sender = jax.lax.top_k(cosines, shown.table.sender.shape[1])
    near = jnp.maximum(near, 0)
    weight = near / jnp.maximum(jnp.sum(near, axis=1, keepdims=True), 1e-9)
    rows = np.flatnonzero(new)
    return ImportanceNeighbors(
        shown.table.sender.at[rows].set(sender), shown.table.weight.at[rows].set(weight)
    )
