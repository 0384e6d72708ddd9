"""Options of complete; field docstrings are the help."""

import dataclasses
from typing import Literal

from tyro.conf import Positional


@dataclasses.dataclass(frozen=True)
class CompleteOptions:
    """Completes facts by a trained run: the best tails for a head, or heads for a tail.

    Columns: head, relation, tail, rank, score. Printed as a table, or as CSV in UTF-8 when the
    output is piped.

    jaxrec complete RUN --head ID --relation NAME
    """

    run: Positional[str]
    """Run folder, of a model of facts."""
    head: tuple[str, ...] = ()
    """Entities whose tails are wanted, as they are in your data."""
    tail: tuple[str, ...] = ()
    """Entities whose heads are wanted."""
    relation: str | None = None
    """Relation of the facts; by default the only one of the run."""
    k: int = 10
    """Entities per question."""
    hide: Literal["known", "none"] = "known"
    """Entities left out: those that facts of any slice name already ('known'), or none. An entity
    is not listed for itself, unless facts of the relation join one with itself."""
    out: str | None = None
    """File to write instead of printing: .csv, .parquet or .jsonl."""
    strict: bool = False
    """Refuse ids that the run does not know, instead of skipping them. With --out, skipped ids are
    written beside it, to a file ending in .unknown.csv."""
