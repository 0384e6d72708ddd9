"""The knowledge graph of a run on disk, so that a run needs nothing but its folder."""

from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.data import KnowledgeGraph, Linked, Triples, check_entities

ROLES = ("head", "relation", "tail")


def frames(graph: KnowledgeGraph) -> dict[str, pl.DataFrame]:
    """The tables to write, by name."""
    return {
        "facts": pl.DataFrame({role: getattr(graph.triples, role) for role in ROLES}),
        "entities": pl.DataFrame({"entity": graph.entity_ids}),
        "relations": pl.DataFrame({"relation": graph.relation_ids}),
    }


def read(folder: Path, entity: pl.Series) -> Linked:
    """What ``frames`` has written.

    Args:
      entity: the row of every item's.

    Raises:
      OSError: a file is missing.
      InputError: rows that are not there.
    """
    facts, entities, relations = (
        pl.read_parquet(folder / f"{name}.parquet", glob=False)
        for name in ("facts", "entities", "relations")
    )
    columns = {role: facts[role].to_numpy() for role in ROLES}
    triples = Triples(**columns, n_entities=len(entities), n_relations=len(relations))
    names = entities["entity"], relations["relation"]
    graph = KnowledgeGraph("knowledge", triples, *names, given=None, counts={})
    rows = entity.to_numpy().astype(np.int32)
    check_entities(rows, len(rows), triples.n_entities)
    return Linked(graph, rows)
