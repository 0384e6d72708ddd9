"""Click-through: does a model score what users took above what counts as not taken."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError, Model

BLOCK = 4096
"""Pairs scored at a time."""


def pair_scores(
    model: Model, reps: Any, users: Int[np.ndarray, "n"], items: Int[np.ndarray, "n"]
) -> Float[np.ndarray, "n"]:
    """The score of each pair; one program, traced once.

    Raises:
      InputError: no pairs.
    """
    if not len(users):
        raise InputError("there are no pairs to score; give at least one")
    score, block = jax.jit(model.score), min(BLOCK, len(users))
    n_blocks = -(-len(users) // block)
    padded = [np.resize(rows, n_blocks * block).reshape(n_blocks, block) for rows in (users, items)]
    parts = [np.asarray(score(reps, u, i[:, None]))[:, 0] for u, i in zip(*padded, strict=True)]
    return np.concatenate(parts)[: len(users)]


def auc(scores: Float[np.ndarray, "n"], labels: Float[np.ndarray, "n"]) -> float:
    """The chance that a positive scores above a negative, of all rows; ties count half.

    Hanley and McNeil, Radiology 1982: the Mann-Whitney statistic over the number of pairs.

    Raises:
      InputError: labels of one kind alone, or scores that are not numbers.

    >>> auc(np.array([0.9, 0.2, 0.5, 0.5]), np.array([1.0, 0.0, 1.0, 0.0]))
    0.875
    """
    from scipy import stats  # Takes a second to import, and most commands do without.

    _check(scores)
    positive = labels > 0
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        raise InputError(
            f"an AUC compares positives with negatives, and there are {n_positive} and "
            f"{n_negative}; give rows of both"
        )
    ranks = stats.rankdata(scores)
    above = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def auc_batched(
    scores: Float[np.ndarray, "n"], labels: Float[np.ndarray, "n"], batch_size: int
) -> float:
    """The mean of AUCs of consecutive batches, the last incomplete one left out.

    Not an AUC of the data, for it depends on order and batch size: what the reference code of
    KGNN-LS prints, to compare with. Batches of one kind alone are left out, too.

    Raises:
      InputError: no batch with both kinds of labels, or scores that are not numbers.
    """
    batch_size = max(batch_size, 1)
    n_batches = len(scores) // batch_size
    shape = n_batches, batch_size
    cut = [array[: n_batches * batch_size].reshape(shape) for array in (scores, labels)]
    both = [(s, y) for s, y in zip(*cut, strict=True) if 0 < np.sum(y > 0) < batch_size]
    if not both:
        raise InputError(
            f"of {len(scores)} rows no batch of {batch_size} has positives and negatives; lower "
            "batch_size"
        )
    return float(np.mean([auc(*batch) for batch in both]))


def accuracy(scores: Float[np.ndarray, "n"], labels: Float[np.ndarray, "n"]) -> float:
    """The share of rows whose score, a logit, is on its label's side of 0.

    Raises:
      InputError: no rows, or scores that are not numbers.

    >>> accuracy(np.array([0.3, -0.1]), np.array([1.0, 1.0]))
    0.5
    """
    _check(scores)
    return float(np.mean((scores >= 0) == (labels > 0)))


def _check(scores: Float[np.ndarray, "n"]) -> None:
    if not len(scores):
        raise InputError("there are no scores to measure; give at least one row")
    if n_wrong := int(np.isnan(scores).sum()):
        raise InputError(
            f"{n_wrong} of {len(scores)} scores are NaN; train at a lower learning rate"
        )
