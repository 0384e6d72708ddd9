"""A short name for a set of interactions, or of facts."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt64

from jaxrec.data.interactions import Interactions
from jaxrec.data.labeled_graph import LabeledGraph
from jaxrec.data.triples import Triples


def fingerprint(interactions: Interactions) -> dict[str, Any]:
    """Counts, and 16 hex digits that depend on the interactions but not on their order.

    Every interaction (pair, with time and rating if present) is mixed to 64 bits; sums do not
    depend on order, count duplicates, and need no sort: O(n). Two such sums with different
    mixing go through SHA-256. This tells data sets apart by accident, not by an adversary.

    >>> pair = Interactions(np.array([0, 1], np.int32), np.array([1, 0], np.int32), 2, 2)
    >>> fingerprint(pair) == fingerprint(pair.take(np.array([1, 0])))
    True
    """
    columns = [interactions.pairs().view(np.uint64)]
    if interactions.time is not None:
        columns.append(interactions.time.view(np.uint64))
    if interactions.rating is not None:
        columns.append((interactions.rating + np.float32(0)).view(np.uint32).astype(np.uint64))
    n_users, n_items = interactions.sizes
    counts = {"users": n_users, "items": n_items, "interactions": len(interactions)}
    return counts | {"sha256": _digest(columns, interactions.sizes)}


def fingerprint_facts(facts: Triples) -> dict[str, Any]:
    """Counts, and 16 hex digits that depend on the facts but not on their order, as above."""
    counts = {"entities": facts.n_entities, "relations": facts.n_relations, "facts": len(facts)}
    return counts | {"sha256": _digest([facts.numbers().view(np.uint64)], facts.sizes)}


def fingerprint_nodes(labeled: LabeledGraph) -> dict[str, Any]:
    """Counts, and 16 hex digits that depend on edges, labels and features by node.

    Nodes are those of a numbering: edges or features in another order may be other digits.
    """
    graph, label = labeled.graph, labeled.label
    n_nodes, n_classes = len(label), len(labeled.class_ids)
    edge = graph.senders.astype(np.uint64) * np.uint64(n_nodes) + graph.receivers.astype(np.uint64)
    cells = graph.inputs().tocoo()
    place = cells.row.astype(np.uint64) * np.uint64(graph.n_features) + cells.col.astype(np.uint64)
    value = (cells.data + np.float32(0)).view(np.uint32).astype(np.uint64)
    known = [np.arange(n_nodes, dtype=np.uint64), (label + 1).astype(np.uint64)]
    parts = [([edge], n_nodes), (known, n_classes), ([place, value], graph.n_features)]
    both = "".join(_digest(columns, (n_nodes, n)) for columns, n in parts)
    counts = {"nodes": n_nodes, "edges": len(edge) // 2, "labels": int(np.sum(label >= 0))}
    return counts | {"sha256": hashlib.sha256(both.encode()).hexdigest()[:16]}


def _digest(columns: Sequence[UInt64[np.ndarray, "n"]], sizes: tuple[int, int]) -> str:
    """16 hex digits of rows in any order."""
    n = len(columns[0])
    digest = hashlib.sha256(repr((*sizes, n, len(columns))).encode())
    for start in (1, 2):
        mixed = np.full(n, start, np.uint64)
        for column in columns:
            mixed = _mix(mixed + column)
        digest.update(int(mixed.sum(dtype=np.uint64)).to_bytes(8, "little"))
    return digest.hexdigest()[:16]


def _mix(x: UInt64[np.ndarray, "n"]) -> UInt64[np.ndarray, "n"]:
    """The finaliser of SplitMix64 (Steele et al., OOPSLA 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
