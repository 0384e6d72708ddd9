"""A run that also knows items which training never saw, by their features."""

import dataclasses
from typing import Any

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import ItemFeatures, Split, read_new_items
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Trained
from jaxrec.tasks import RunData


def with_new_items(run: Trained, table: Any) -> Trained:
    """The run with the items of a table behind its own; nothing is trained.

    A new item is encoded by its features alone: it has no interactions and no neighbors, and is
    nobody's neighbor, so that vectors of the run's own items stay.

    Args:
      table: a file or a table in memory, as ``data.read_new_items`` takes it.

    Raises:
      InputError: a model that does not encode items by features, or a table that does not have
        those of training.
    """
    data, known = run.data, known_features(run)
    new = read_new_items(table, data.item_ids, known.frame)
    features = ItemFeatures(new.frame, known.fitted)
    graph = appended(run, run.graph, features)
    ids = pl.concat([data.item_ids, new.ids])
    left = f"; {new.n_known:,} rows are of items of the run, left out" if new.n_known else ""
    log.say(f"{new.origin}: {len(new.ids):,} new items, encoded by their features{left}")
    if unknown := int((~features.encoded().known.any(axis=1)).sum()):
        log.warn(f"nothing is known of {unknown:,} of them, which have one vector all")
    titles = data.titles
    if titles is not None:
        names = new.ids.cast(pl.String)
        own = new.frame.get_column("title", default=names).cast(pl.String).fill_null(names)
        titles = pl.concat([titles.cast(pl.String), own])
    wide = lambda part: dataclasses.replace(part, n_items=len(ids))
    parts = data.split
    split = Split(wide(parts.train), wide(parts.valid), wide(parts.test), parts.method)
    low_rated = None if data.low_rated is None else wide(data.low_rated)
    joined = ItemFeatures(pl.concat([known.frame, new.frame]), known.fitted)
    beside = {"item_ids": ids, "titles": titles, "low_rated": low_rated}
    data = dataclasses.replace(data, split=split, features=joined, **beside)
    return run._replace(data=data, graph=graph)


def known_features(run: Trained) -> ItemFeatures:
    """What a run knows of its items.

    Raises:
      InputError: a model that does not encode items by features, or a run without any.
    """
    model = run.options.model
    if registry.entry(model).with_new_items is None:
        able = [name for name, each in registry.MODELS.items() if each.with_new_items is not None]
        raise InputError(
            f"{model} does not encode new items by their features ({', '.join(able)} does); train "
            "again on data that have them"
        )
    assert isinstance(run.data, RunData), "the model reads interactions"
    if run.data.features is None:
        raise InputError(
            f"this run of {model} was trained without --item-features, so nothing says what a new "
            "item is like; train again with them"
        )
    return run.data.features


def appended(run: Trained, graph: Any, features: ItemFeatures) -> Any:
    """What ``encode`` reads, with these items behind its own."""
    extend = registry.entry(run.options.model).with_new_items
    assert extend is not None, "``known_features`` refuses it"
    return extend(graph, features)
