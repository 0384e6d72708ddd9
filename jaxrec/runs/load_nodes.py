"""From options to the labeled nodes of a run."""

import dataclasses
from typing import Any

import numpy as np

from jaxrec.data import (
    LabeledGraph,
    check_nodes,
    fingerprint_nodes,
    load_labeled_graph,
    split_nodes,
)
from jaxrec.runs.digest import digest
from jaxrec.tasks import NodeData


def load_nodes(options: Any, given: LabeledGraph | None = None) -> tuple[NodeData, dict[str, Any]]:
    """The labeled nodes of a new run and their graph, and what reports say about them.

    Args:
      given: what was read already, in place of ``options.data``.
    """
    labeled = given
    if labeled is None:
        files = options.data, options.labels, options.features
        labeled = load_labeled_graph(*files, data_dir=options.data_dir)
    parts = split_nodes(
        labeled,
        method=options.split,
        test_fraction=options.test_fraction,
        valid_fraction=options.valid_fraction,
        seed=options.split_seed,
    )
    fingerprint = fingerprint_nodes(labeled)
    sizes = {"features": labeled.graph.n_features, "known": labeled.graph.feature is not None}
    about = {
        "name": labeled.name,
        "fingerprint": fingerprint,
        "counts": labeled.counts,
        "inputs": sizes,
        "reading": [_reading_line(labeled, fingerprint), _split_line(parts.method, options)],
        "train": len(parts.train),
        "valid": len(parts.valid),
        "test": len(parts.test),
        "split": parts.method,
        "leaks": [dataclasses.asdict(finding) for finding in check_nodes(parts)],
    }
    columns = [[part.node, part.label] for part in (parts.train, parts.valid)]
    about["slices"] = digest(*columns)
    return NodeData(parts, labeled.node_ids, labeled.class_ids), about


def _reading_line(labeled: LabeledGraph, counted: dict[str, Any]) -> str:
    graph, counts = labeled.graph, labeled.counts
    parts = [f"nodes: {counted['nodes']:,} with {counted['edges']:,} edges"]
    if n_alone := counted["nodes"] - len(np.unique(graph.receivers)):
        parts.append(f"{n_alone:,} of them without any")
    parts.append(f"{counted['labels']:,} labeled with {len(labeled.class_ids):,} classes")
    no_features = "no features, in whose place each node has an input of its own"
    parts.append(no_features if graph.feature is None else f"{graph.n_features:,} features each")
    told = {"duplicate_rows": "repeated edges dropped", "self_links": "edges to itself dropped"}
    told |= {"missing_cells": "cells of features missing"}
    return ", ".join(
        parts + [f"{counts[name]:,} {what}" for name, what in told.items() if counts.get(name)]
    )


def _split_line(method: str, options: Any) -> str:
    drawn = f"a random {100 * options.test_fraction:g} % of the labeled nodes"
    what = {"given": "the data's own", "rows": drawn}[method]
    chosen = options.split == "auto" and method == "given"
    return f"split: {what}{' (--split rows draws another)' if chosen else ''}"
