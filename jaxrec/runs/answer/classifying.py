"""What class a run says that a node has."""

from collections.abc import Sequence
from typing import Any, Literal

import jax
import numpy as np
import polars as pl
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.runs.answer.answers import each_once
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import NodeData, Task


def check_asked(task: Task, of_pairs: str, pairs: Any, of_nodes: str, nodes: Any) -> None:
    """Refuses pairs where nodes are classified, and nodes where pairs are predicted.

    Args:
      of_pairs: how pairs are said; ``of_nodes`` likewise.
      pairs: None where nothing is said; ``nodes`` likewise.

    Raises:
      InputError: names what the task answers.
    """
    if task.data is NodeData and pairs is not None:
        raise InputError(
            f"{of_pairs} are of users and items, and this run classifies nodes; give {of_nodes}, "
            "or nothing for all without a label"
        )
    if task.data is not NodeData and (nodes is not None or pairs is None):
        found = f"{of_nodes} are of a run on nodes" if nodes is not None else "nothing is asked for"
        raise InputError(f"{found}, and this run is for the task {task.name}; give {of_pairs}")


def classify_nodes(
    served: Served, nodes: Sequence[Any] | Literal["all"] | None = None, unknown: Unknown = SKIP
) -> pl.DataFrame:
    """Columns node, label and probability of the nodes with these ids, each once.

    Args:
      nodes: ids; "all" for all nodes, None for those that are in no slice with a label.

    Raises:
      InputError: no known id, or no node without a label.
    """
    data: NodeData = served.data
    if nodes is None:
        rows = data.unlabeled()
        if not len(rows):
            raise InputError(
                f"all {data.graph.n_nodes:,} nodes of the run have a label in one of its slices; "
                "name nodes, or ask for all"
            )
    elif isinstance(nodes, str):
        rows = np.arange(data.graph.n_nodes)
    else:
        words = [str(node) for node in nodes]
        rows = each_once(unknown.known(data.node_ids, words, "node"), "nodes")
    return classify(served, rows)


def classify(served: Served, rows: Int[np.ndarray, "n"]) -> pl.DataFrame:
    """The class of the largest probability of each row, and that probability."""
    data: NodeData = served.data
    share = np.asarray(jax.nn.softmax(np.asarray(served.reps)[rows], axis=1))
    return pl.DataFrame(
        {
            "node": data.node_ids.gather(rows),
            "label": data.class_ids.gather(share.argmax(axis=1)),
            "probability": share.max(axis=1),
        }
    )
