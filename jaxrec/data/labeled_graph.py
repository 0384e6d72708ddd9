"""Graphs of labeled nodes: a known one, or an edge list with files of labels and features."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse
from jaxtyping import Int8, Int32

from jaxrec.base import InputError
from jaxrec.data.edge_files import load_edges
from jaxrec.data.feature_files import column_of_ids, rows_of_table, table_and_name
from jaxrec.data.graph_split import facts_by_appearance
from jaxrec.data.ids import find
from jaxrec.data.item_features import fit_item_features
from jaxrec.data.label_files import read_labels
from jaxrec.data.node_labels import NodeGraph
from jaxrec.data.nodes import NODES, PARTS, LabeledNodes, load_nodes, row_normalized


@dataclass(frozen=True, eq=False)
class LabeledGraph:
    """A graph whose nodes have classes, with the caller's words for both.

    Attributes:
      node_ids: of every row.
      class_ids: of every class.
      label: the class of each node, -1 where it is not known.
      given: 0 train, 1 validation, 2 test, -1 none of these, by node; None without such a split.
      counts: what reading met, by name.
    """

    name: str
    graph: NodeGraph
    node_ids: pl.Series
    class_ids: pl.Series
    label: Int32[np.ndarray, "N"]
    given: Int8[np.ndarray, "N"] | None
    counts: dict[str, int]


def load_labeled_graph(
    edges: Any, labels: Any = None, features: Any = None, *, data_dir: str | None = None
) -> LabeledGraph:
    """Reads a graph of labeled nodes.

    Nodes are numbered as edges name them, then as the features do: a node of the features without
    an edge is a node, too. Edges count in both directions. Features are encoded by what all nodes
    have, for all are known when training begins; a column that lacks cells is followed by one of 0
    and 1, whether the cell is known.

    >>> edges = {"source": ["a", "b", "c"], "target": ["b", "c", "d"]}
    >>> read = load_labeled_graph(edges, {"node": ["a", "d"], "label": ["red", "blue"]})
    >>> read.node_ids.to_list(), read.class_ids.to_list(), read.label.tolist()
    (['a', 'b', 'c', 'd'], ['red', 'blue'], [0, -1, -1, 1])

    Args:
      edges: "cora", "citeseer", a path to an ``.npz`` file (``load_nodes``), or an edge list: a
        file or a table in memory of two columns (``load_edges``).
      labels: of an edge list: a file or a table with a column of ids (node, node_id or id) and one
        of classes (label, class or target). Nodes that it leaves out have no label.
      features: of an edge list: a file or a table with a column of ids and columns as of
        ``read_features``, a row for every node. Without it each node has an input of its own.
      data_dir: where known data sets lie; by default what JAXREC_DATA names.

    Raises:
      InputError: in one line, what is wrong and how to repair it.
    """
    if isinstance(edges, str | Path) and _has_arrays(Path(edges)):
        for flag, given in (("labels", labels), ("features", features)):
            if given is not None:
                raise InputError(f"--{flag} is given, and {edges} has its own; leave it out")
        return graph_of_nodes(load_nodes(str(edges), data_dir=data_dir))
    name = Path(edges).name if isinstance(edges, str | Path) else "the edge list"
    if labels is None:
        raise InputError(
            f"{name} has no classes of its nodes; give --labels FILE with columns node and label, "
            f"or a known graph ({', '.join(NODES)})"
        )
    read = facts_by_appearance(load_edges(edges))
    ids, matrix, counts = read.entity_ids, None, dict(read.counts)
    if features is not None:
        ids, matrix, counts["missing_cells"] = _features(features, ids, name)
    ends = np.stack([read.triples.head, read.triples.tail])
    senders, receivers = np.unique(np.concatenate([ends, ends[::-1]], axis=1), axis=1)
    label, classes = read_labels(labels, ids, name)
    graph = NodeGraph(senders, receivers, len(ids), matrix)
    return LabeledGraph(read.name, graph, ids, classes, label, None, counts)


def _has_arrays(path: Path) -> bool:
    """Whether it names a known graph or a file of arrays, or nothing that could be a file."""
    is_file = path.exists() or path.suffix or len(path.parts) > 1
    return str(path) in NODES or path.suffix == ".npz" or not is_file


def graph_of_nodes(nodes: LabeledNodes) -> LabeledGraph:
    """The graph of a file of arrays with its split; features are shares of their row."""
    given = np.full(nodes.n_nodes, -1, np.int8)
    for number, part in enumerate(PARTS):
        given[getattr(nodes, part)] = number
    feature = row_normalized(nodes.feature)
    graph = NodeGraph(nodes.senders, nodes.receivers, nodes.n_nodes, feature)
    ids, classes = pl.Series(range(nodes.n_nodes)), pl.Series(range(nodes.n_classes))
    return LabeledGraph(nodes.name, graph, ids, classes, nodes.label, given, {})


def _features(
    table: Any, ids: pl.Series, name: str
) -> tuple[pl.Series, scipy.sparse.csr_array, int]:
    """Ids of nodes with and without edges, their features, and how many cells are empty."""
    raw, origin = table_and_name(table)
    own = raw[column_of_ids(raw, "node", None, origin)].cast(pl.String).drop_nulls()
    rows, words = find(ids, own)
    if not (rows >= 0).any():
        shown = repr(own[0]) if len(own) else "none"
        raise InputError(
            f"none of {raw.height:,} ids of {origin}, {shown}, ..., is a node of {name}, "
            f"{ids[0]!r}, ...; name the column of ids node, or bring the same ids"
        )
    alone = words.filter(pl.Series(rows < 0)).unique(maintain_order=True)
    if len(alone):
        ids = pl.concat([ids.cast(pl.String), alone.rename(ids.name)])
    read = rows_of_table(raw, origin, ids, "node", name)
    if n_without := read.counts["without_row"]:
        missing = ids.filter(pl.Series(find(own, ids.cast(pl.String))[0] < 0))
        raise InputError(
            f"{n_without:,} of {len(ids):,} nodes of {name} have no row in {origin}, such as "
            f"{missing[0]!r}; give each node a row, whose cells may be empty"
        )
    encoded = fit_item_features(read.frame, np.ones(len(ids), bool)).encoded()
    told = encoded.known[:, ~encoded.known.all(axis=0)].astype(np.float32)
    value = np.concatenate([encoded.value, told], axis=1)
    return ids, scipy.sparse.csr_array(value), int((~encoded.known).sum())
