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
    model, data = run.options.model, run.data
    extend = registry.entry(model).with_new_items
    if extend is None:
        able = [name for name, each in registry.MODELS.items() if each.with_new_items is not None]
        raise InputError(
            f"{model} does not encode new items by their features ({', '.join(able)} does); train "
            "again on data that have them"
        )
    assert isinstance(data, RunData), "the model reads interactions"
    if data.features is None:
        raise InputError(
            f"this run of {model} was trained without --item-features, so nothing says what a new "
            "item is like; train again with them"
        )
    new = read_new_items(table, data.item_ids, data.features.frame)
    features = ItemFeatures(new.frame, data.features.fitted)
    graph = extend(run.graph, features)
    ids = pl.concat([data.item_ids, new.ids])
    known = f"; {new.n_known:,} rows are of items of the run, left out" if new.n_known else ""
    log.say(f"{new.origin}: {len(new.ids):,} new items, encoded by their features{known}")
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
    joined = ItemFeatures(pl.concat([data.features.frame, new.frame]), data.features.fitted)
    beside = {"item_ids": ids, "titles": titles, "low_rated": low_rated}
    data = dataclasses.replace(data, split=split, features=joined, **beside)
    return run._replace(data=data, graph=graph)
