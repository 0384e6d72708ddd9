"""Classes of nodes: accuracy, log loss and macro F1 of predicted probabilities."""

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.evaluate.measure import Measured


def measure_classes(
    log_probability: Float[np.ndarray, "n C"], label: Int[np.ndarray, "n"]
) -> Measured:
    """``accuracy``, ``log_loss`` (lower is better) and ``macro_f1`` of the largest probabilities.

    Vectors have an entry a node; macro F1 has none, for it is of all nodes together. It is the mean
    over classes that occur among the nodes or the answers of ``2 TP / (2 TP + FP + FN)``. Of equal
    probabilities the first class is the answer.

    >>> measured = measure_classes(np.log([[0.75, 0.25], [0.5, 0.5]]), np.array([0, 1]))
    >>> {name: round(value, 4) for name, value in measured.mean.items()}
    {'accuracy': 0.5, 'log_loss': 0.4904, 'macro_f1': 0.3333}

    Args:
      log_probability: of each class, a row a node; ``-inf`` is no probability that a loss can take.

    Raises:
      InputError: no node, or a number that is not finite.
    """
    if not len(label):
        raise InputError("there are no nodes to measure: 0 given, at least 1 needed")
    if not np.isfinite(log_probability).all():
        raise InputError("a log probability is not finite; give numbers of 0 or less")
    answer = log_probability.argmax(axis=1)
    own = np.take_along_axis(log_probability, label[:, None], axis=1)[:, 0]
    vectors = {"accuracy": (answer == label) * 1.0, "log_loss": -own.astype(np.float64)}
    mean = {name: float(vector.mean()) for name, vector in vectors.items()}
    return Measured(mean | {"macro_f1": macro_f1(answer, label)}, vectors)


def macro_f1(answer: Int[np.ndarray, "n"], label: Int[np.ndarray, "n"]) -> float:
    """The mean over classes of F1, of those classes that are a label or an answer.

    >>> macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1]))
    0.6666666666666666
    """
    n = 1 + max(answer.max(), label.max())
    hits = np.bincount(label[answer == label], minlength=n)
    both = np.bincount(answer, minlength=n) + np.bincount(label, minlength=n)
    return float(np.mean(2 * hits[both > 0] / both[both > 0]))
