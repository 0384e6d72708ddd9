"""Edge lists: links between nodes of one kind, as a file or a table of two columns."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.columns import plain_name
from jaxrec.data.ids import contiguous
from jaxrec.data.json_lines import is_json_lines, read_json_lines
from jaxrec.data.relation_cells import EdgeColumns, edge_cells
from jaxrec.data.tables import read_parquet
from jaxrec.data.text import check_exists, read_rows
from jaxrec.data.triple_files import roles
from jaxrec.data.triples import KnowledgeGraph, Triples

RELATION = "link"
"""What the relation of an edge list is called."""
ENDS = frozenset(
    "source target from to src dst head tail user friend follower followee follows trustor trustee "
    "truster node person user1 user2 node1 node2".split()
)
"""Names that a header may give to the ends, and ids are not taken to be."""


def is_edge_list(path: Path) -> bool:
    """Whether a file holds two columns, or names two ends and no relation between them.

    Raises:
      InputError: it cannot be read.
    """
    if path.is_dir():
        return False
    names, _ = first_line(path)
    return len(names) == 2 or (_are_ends(names[:2]) and roles(names) is None)


def load_edges(source: Any, *, directed: bool = False) -> KnowledgeGraph:
    """Reads an edge list and numbers its nodes in ascending order of their ids.

    A text's first line is a header where it names both ends (source and target, user and friend,
    ...), or where numbers alone stand below two words. Links of a node with itself are dropped, and
    so are repeated ones; without direction the other way of a link is a repetition. ``counts``
    tells how many: rows_read, duplicate_rows, self_links.

    >>> graph = load_edges({"from": [3, 1, 1, 2], "to": [1, 3, 1, 1]})
    >>> graph.triples.head.tolist(), graph.triples.tail.tolist(), graph.entity_ids.to_list()
    ([2, 1], [0, 0], [1, 2, 3])
    >>> graph.counts
    {'rows_read': 4, 'duplicate_rows': 1, 'self_links': 1}

    Args:
      source: a file (text, Parquet, JSON lines) or a table in memory, of two columns.

    Raises:
      InputError: in one line, what is wrong with the file and how to repair it.
    """
    is_file = isinstance(source, str | Path)
    header = _header(Path(source)) if is_file else None
    cells = edge_cells(source, EdgeColumns(), header, (None, None))
    ends = cells.frame["source"], cells.frame["target"]
    n_read = cells.frame.height
    if ends[0].dtype != ends[1].dtype:
        ends = tuple(column.cast(pl.String) for column in ends)
    both = pl.concat([column.rename("node") for column in ends])
    row, ids = contiguous(to_ids(both, "node", lambda n: cells.place(n % n_read)))
    head, tail = np.split(row, 2)
    loop = head == tail
    if loop.all():
        raise InputError(f"{cells.name} has {n_read:,} links of nodes with themselves and no other")
    pairs = np.stack([head, tail], axis=1)[~loop]
    _, first = np.unique(pairs if directed else np.sort(pairs, axis=1), axis=0, return_index=True)
    kept = pairs[np.sort(first)]
    counts = {
        "rows_read": n_read,
        "duplicate_rows": len(pairs) - len(kept),
        "self_links": int(loop.sum()),
    }
    head, tail = kept.T.astype(np.int32)
    triples = Triples(head, np.zeros_like(head), tail, len(ids), 1)
    name = Path(source).resolve().stem if is_file else cells.name
    undirected = () if directed else (0,)
    return KnowledgeGraph(name, triples, ids, pl.Series([RELATION]), None, counts, undirected)


def _header(path: Path) -> bool:
    """Whether the first line of a text names the ends; other files have names."""
    first, below = first_line(path)
    if below is None or _are_ends(first[:2]):
        return True
    numeric = lambda cells: cells.str.contains(r"^\s*-?\d+\s*$").all()
    words = not any(re.match(r"-?\d", cell) for cell in first)
    return words and below.height > 0 and all(numeric(column) for column in below.get_columns())


def first_line(path: Path) -> tuple[list[str], pl.DataFrame | None]:
    """The cells of a text's first line, and what stands below; or the names of columns."""
    check_exists(path)
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, "edges").columns, None
    if is_json_lines(path):
        return read_json_lines(path)[0].columns, None
    rows = read_rows(path)
    return [plain_name(cell or "") for cell in rows.row(0)], rows.slice(1)


def _are_ends(names: Sequence[str]) -> bool:
    return all(re.sub(r"[_ ]?id$", "", name.lower()) in ENDS for name in names)
