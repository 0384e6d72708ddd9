"""The facts of a run on links as tables, and back."""

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec.data import Split, Triples
from jaxrec.runs.store.knowledge_file import ROLES
from jaxrec.tasks import LinkData


def frames(data: LinkData) -> dict[str, pl.DataFrame]:
    """The tables to write, by name."""
    slices = data.split.train, data.split.valid, data.split.test
    facts = reduce(Triples.followed_by, slices)
    number = np.repeat(np.arange(3, dtype=np.int8), [len(part) for part in slices])
    entities = pl.DataFrame({"entity": data.entity_ids})
    if facts.kind is not None:
        entities = entities.with_columns(kind=facts.kind)
    return {
        "facts": pl.DataFrame({role: getattr(facts, role) for role in ROLES} | {"slice": number}),
        "entities": entities,
        "relations": pl.DataFrame({"relation": data.relation_ids}),
    }


def read(folder: Path, options: Any, about: dict[str, Any]) -> LinkData:
    """What ``frames`` has written.

    Raises:
      OSError: a file is missing.
      InputError: rows that are not there.
    """
    del about
    facts, entities, relations = (
        pl.read_parquet(folder / f"{name}.parquet", glob=False)
        for name in ("facts", "entities", "relations")
    )
    kind = entities["kind"].to_numpy() if "kind" in entities.columns else None
    rows = {role: facts[role].to_numpy() for role in ROLES}
    every = Triples(**rows, n_entities=len(entities), n_relations=len(relations), kind=kind)
    train, valid, test = (every.take(facts["slice"].to_numpy() == part) for part in range(3))
    split = Split(train, valid, test, options.split)
    return LinkData(split, entities["entity"], relations["relation"])
