"""Click-through of a slice: AUC of all rows and by user, accuracy, and what users add to each."""

import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrec.evaluate.click_through import accuracy, auc
from jaxrec.evaluate.measure import Measured


def measure_clicks(
    scores: Float[np.ndarray, "n"], labels: Float[np.ndarray, "n"], user: Int[np.ndarray, "n"]
) -> Measured:
    """``auc`` and ``accuracy`` of all rows, and ``user_auc``, the mean of the AUCs of users.

    A user whose rows have one label alone has no AUC and is left out of ``user_auc``, which is
    missing where that is everybody.

    Vectors have an entry a user, ascending, whose mean is the metric. That of ``user_auc`` is the
    user's own AUC, or NaN. Of the others it is the metric and by how much the user's rows move it,
    times the number of users, so that the spread of entries gives the standard error between
    samples of users; with one row a user, nearly that of DeLong et al., Biometrics 1988.

    >>> scores, labels = np.array([2.0, 1.0, -1.0, 3.0]), np.array([1.0, 0.0, 0.0, 1.0])
    >>> measure_clicks(scores, labels, np.array([0, 0, 1, 1])).mean
    {'auc': 1.0, 'user_auc': 1.0, 'accuracy': 0.75}

    Args:
      scores: logits.

    Raises:
      InputError: labels of one kind alone, or scores that are not numbers.
    """
    clicked, (users, row) = labels > 0, np.unique(user, return_inverse=True)
    mean = {"auc": auc(scores, labels)}
    moves = {"auc": _by_user(_auc_moves(scores, clicked, mean["auc"]), row)}
    own = _user_aucs(scores, clicked, row)
    if not np.isnan(own).all():
        mean["user_auc"] = float(np.nanmean(own))
        moves["user_auc"] = own - mean["user_auc"]
    mean["accuracy"] = accuracy(scores, labels)
    moves["accuracy"] = _by_user(((scores >= 0) == clicked) - mean["accuracy"], row)
    assert all(len(each) == len(users) for each in moves.values())
    return Measured(mean, {name: mean[name] + each for name, each in moves.items()})


def _by_user(moves: Float[np.ndarray, "n"], row: Int[np.ndarray, "n"]) -> Float[np.ndarray, "U"]:
    """What the rows of each user move a mean over rows by, times the number of users."""
    total = np.bincount(row, moves)
    return total * len(total) / len(moves)


def _auc_moves(
    scores: Float[np.ndarray, "n"], clicked: Bool[np.ndarray, "n"], mean: float
) -> Float[np.ndarray, "n"]:
    """What each row moves the AUC by, times the number of rows: their mean is 0.

    A row is compared with all rows of the other label.
    """
    from scipy import stats  # Takes a second to import, and most commands do without.

    below = stats.rankdata(scores)
    moves = np.empty(len(scores))
    for label in (True, False):
        own = clicked == label
        n_other = len(own) - own.sum()
        wins = (below[own] - stats.rankdata(scores[own])) / n_other  # Others below; ties half.
        moves[own] = ((wins if label else 1 - wins) - mean) / own.mean()
    return moves


def _user_aucs(
    scores: Float[np.ndarray, "n"], clicked: Bool[np.ndarray, "n"], row: Int[np.ndarray, "n"]
) -> Float[np.ndarray, "U"]:
    """The AUC of each user's rows; NaN where they have one label alone."""
    order = np.lexsort((scores, row))
    score, user = scores[order], row[order]
    changes = np.append(True, (score[1:] != score[:-1]) | (user[1:] != user[:-1]))
    tie = np.cumsum(changes) - 1
    size = np.bincount(tie)
    last = np.cumsum(size)
    rank = (last - (size - 1) / 2)[tie]  # From 1, over all users; equal scores share the mean.
    n = np.bincount(user)
    n_positive = np.bincount(user, clicked[order])
    n_negative = n - n_positive
    sums = np.bincount(user, (rank - (np.cumsum(n) - n)[user]) * clicked[order])
    above = sums - n_positive * (n_positive + 1) / 2
    with np.errstate(invalid="ignore"):
        return above / (n_positive * n_negative)
