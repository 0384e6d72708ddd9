"""What a slice asks: the class of each of its nodes."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from jaxrec.data import NodeLabels
from jaxrec.tasks.node_data import NodeData
from jaxrec.tasks.task import Part


class NodeQuestion(NamedTuple):
    """The nodes of a slice, whose classes are to be found by what ``train`` teaches."""

    train: NodeLabels
    asked: NodeLabels


def question(data: NodeData, part: Part, options: Any) -> NodeQuestion:
    """All nodes of the slice."""
    del options
    return NodeQuestion(data.split.train, getattr(data.split, part))


def sample(question: NodeQuestion, n: int | None, seed: int) -> NodeQuestion:
    """``n`` of the nodes, drawn uniformly."""
    if n is None or n >= len(question.asked):
        return question
    drawn = np.random.default_rng(seed).choice(len(question.asked), n, replace=False)
    return question._replace(asked=question.asked.take(np.sort(drawn)))


def queries(question: NodeQuestion, data: NodeData) -> pl.DataFrame:
    """The ids of the nodes."""
    return pl.DataFrame({"node": data.node_ids.gather(question.asked.node)})


def extent(question: NodeQuestion) -> str:
    """How much that is, in words."""
    n_classes = len(np.unique(question.asked.label))
    return f"{len(question.asked):,} nodes of {n_classes:,} classes"
