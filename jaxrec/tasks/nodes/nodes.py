"""The task of classifying nodes: some are labeled, and all stand in one graph."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from jaxrec.base import InputError
from jaxrec.data import NodeLabels
from jaxrec.losses import softmax
from jaxrec.sampling import LabeledTable, node_batch, shuffled_nodes
from jaxrec.tasks.node_data import NodeData
from jaxrec.tasks.nodes.measuring import METRICS, SHOWN, baselines, measure
from jaxrec.tasks.nodes.options import RunOfNodes
from jaxrec.tasks.nodes.questions import extent, queries, question, sample
from jaxrec.tasks.task import Batches, Task


def _check(options: Any, reads: Sequence[str]) -> None:
    del reads
    dims = getattr(options, "dims", (1,))
    if min(dims, default=1) < 1:
        raise InputError(f"--dims are {' '.join(map(str, dims))}; give widths of 1 or more")


def _batches(options: Any, train: NodeLabels) -> Batches:
    table = LabeledTable(train.node, train.label, np.arange(train.n_classes, dtype=np.int32))
    how = {"by_pass": True, "batch": node_batch}
    return Batches(table, _deal(options.batch_size), softmax, len(train), **how)


@lru_cache(maxsize=16)
def _deal(batch_size: int) -> Callable[..., Any]:
    def deal(key, table, n_batches):
        del n_batches  # As many as hold each node once.
        return shuffled_nodes(key, table, batch_size)

    return deal


NODES = Task(
    name="nodes",
    options=(),
    select="accuracy",
    lower_is_better=frozenset({"log_loss"}),
    split=("rows", "rows"),
    verbs=frozenset({"predict"}),
    rates=False,
    metrics=lambda options: METRICS,
    shown=lambda options: SHOWN,
    check=_check,
    batches=_batches,
    question=question,
    sample=sample,
    queries=queries,
    measure=measure,
    baselines=baselines,
    asked=extent,
    counts="nodes",
    data=NodeData,
    restated=RunOfNodes,
    advice="Try more labels, --select log_loss, or jaxrec tune --model {}",
)
"""Which class does a node have? Measured by accuracy, macro F1 and log loss."""
