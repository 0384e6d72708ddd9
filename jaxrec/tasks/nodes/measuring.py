"""Where models and baselines say the classes of a slice."""

from typing import Any

import jax
import numpy as np

from jaxrec.base import Model
from jaxrec.evaluate import (
    Measured,
    class_shares,
    logistic_regression,
    measure_classes,
    propagated_labels,
)
from jaxrec.rank import OnProgress
from jaxrec.tasks.nodes.questions import NodeQuestion

METRICS = ("accuracy", "log_loss")
SHOWN = ("accuracy", "macro_f1", "log_loss")


def measure(
    model: Model,
    reps: Any,
    question: NodeQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    """Accuracy, log loss and macro F1 of the logits of the nodes that are asked about."""
    del model, options, on_progress  # Representations are logits.
    logits = np.asarray(reps)[question.asked.node]
    return measure_classes(np.asarray(jax.nn.log_softmax(logits, axis=1)), question.asked.label)


def baselines(
    question: NodeQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """The commonest class, labels spread along edges, and features without edges where known."""
    del options, on_progress
    train, asked = question
    found = {
        "majority": class_shares(train, len(asked)),
        "label_propagation": propagated_labels(train, asked.node),
    }
    if train.graph.feature is not None:
        found["logistic_regression"] = logistic_regression(train, asked.node)
    return {name: measure_classes(each, asked.label) for name, each in found.items()}
