"""Relations of users and items in a run folder, by rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.data import Relation

PREFIX = "relation-"


def frames(relations: Mapping[str, Relation]) -> dict[str, pl.DataFrame]:
    """A frame a relation, by the name of its file: rows of both ends, and what edges have."""
    found = {}
    for name, relation in relations.items():
        columns = {"sender": relation.senders, "receiver": relation.receivers}
        columns |= {} if relation.kind is None else {"kind": relation.kind}
        columns |= {} if relation.weight is None else {"weight": relation.weight}
        columns |= {} if relation.given is None else {"slice": relation.given}
        found[PREFIX + name] = pl.DataFrame(columns)
    return found


def about(relations: Mapping[str, Relation]) -> dict[str, Any]:
    """What config.json keeps of each."""
    return {
        name: {
            "source": relation.source,
            "target": relation.target,
            "directed": relation.directed,
            "kinds": None if relation.kinds is None else relation.kinds.to_list(),
            "origin": relation.origin,
            "edges": len(relation),
        }
        | relation.counts
        for name, relation in relations.items()
    }


def read(folder: Path, stored: dict[str, Any], sizes: Mapping[str, int]) -> dict[str, Relation]:
    """The relations that ``about`` wrote of, between users and items of these numbers."""
    found = {}
    for name, known in stored.items():
        edges = pl.read_parquet(folder / f"{PREFIX}{name}.parquet", glob=False)
        column = lambda which, edges=edges: edges[which].to_numpy()
        found[name] = Relation(
            known["source"],
            known["target"],
            column("sender"),
            column("receiver"),
            sizes[known["source"]],
            sizes[known["target"]],
            known["directed"],
            column("kind") if "kind" in edges.columns else None,
            None if known["kinds"] is None else pl.Series(known["kinds"]),
            column("weight") if "weight" in edges.columns else None,
            given=column("slice") if "slice" in edges.columns else None,
            origin=known["origin"],
        )
    return found
