"""Labeled nodes, cut in three."""

from typing import Literal

import numpy as np

from jaxrec.base import InputError
from jaxrec.data.labeled_graph import LabeledGraph
from jaxrec.data.leaks import Finding
from jaxrec.data.node_labels import NodeLabels
from jaxrec.data.split import Split


def split_nodes(
    labeled: LabeledGraph,
    *,
    method: Literal["auto", "rows", "given"] = "auto",
    test_fraction: float = 0.2,
    valid_fraction: float = 0.1,
    seed: int = 0,
) -> Split[NodeLabels]:
    """Cuts labeled nodes in three, the same way for the same seed; all stay in the graph.

    ``rows``: a random fraction of the labeled nodes is the test, and one of the rest validation.
    ``given``: as the data fix it; without a part for validation that is a random fraction of train.
    ``auto`` is ``given`` if there is one.

    Raises:
      InputError: a split that is not there, an empty test, or one class alone in train.
    """
    label, given, name = labeled.label, labeled.given, labeled.name
    if method == "auto":
        method = "rows" if given is None else "given"
    rng = np.random.default_rng(seed)
    if method == "given":
        if given is None:
            raise InputError(f"{name} has no split of its own; choose rows")
        part = given.copy()
    else:
        known = np.flatnonzero(label >= 0)
        part = np.full(len(label), -1, np.int8)
        part[known] = 0
        part[rng.permutation(known)[: round(len(known) * test_fraction)]] = 2
    rest = np.flatnonzero(part == 0)
    if not valid_fraction:
        part[part == 1] = 0
    elif not np.any(part == 1):
        part[rng.permutation(rest)[: round(len(rest) * valid_fraction)]] = 1
    if not np.any(part == 2):
        raise InputError(
            f"{name}: no node is left to test, of {len(rest):,} with a label; give more labels or "
            "a larger test fraction"
        )
    n_shown = len(np.unique(label[part == 0]))
    if n_shown < 2:
        raise InputError(
            f"{name}: the training nodes are of {n_shown} of {len(labeled.class_ids)} classes; "
            "give more labels, smaller fractions or another split seed"
        )
    rows = (np.flatnonzero(part == number).astype(np.int32) for number in range(3))
    n_classes = len(labeled.class_ids)
    slices = (NodeLabels(row, label[row], labeled.graph, n_classes) for row in rows)
    return Split(*slices, method=method)


def check_nodes(split: Split[NodeLabels]) -> list[Finding]:
    """Checks that slices share no node, and which classes of the test training does not show."""
    train, found = split.train, []
    for name, words in (("test", "test"), ("valid", "validation")):
        again = np.isin(getattr(split, name).node, train.node)
        found.append(
            Finding(
                f"{name}_nodes_in_train",
                int(again.sum()),
                len(again),
                f"{words} nodes also in train",
            )
        )
    unseen = ~np.isin(np.unique(split.test.label), train.label)
    message = "classes of the test never in train"
    return [*found, Finding("test_classes_unseen", int(unseen.sum()), len(unseen), message)]
