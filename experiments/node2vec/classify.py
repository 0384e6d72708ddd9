"""How well vectors of nodes tell their labels: the protocol of DeepWalk, LINE and node2vec.

A share of the labeled nodes trains one logistic regression a label, one against the rest. Of
every other node, as many labels are predicted as it has, the most probable ones. Tang and Liu,
Relational learning via latent social dimensions, KDD 2009; Perozzi et al., DeepWalk, KDD 2014.
"""

import numpy as np
import scipy.optimize
from jaxtyping import Bool, Float, Int
from scipy.special import expit


def logistic(
    x: Float[np.ndarray, "n d"], label: Bool[np.ndarray, "n K"], strength: float
) -> Float[np.ndarray, "d2 K"]:
    """Weights and, last, intercepts that minimize ``|w|^2 / 2 + strength sum log(1 + exp(-y s))``.

    The objective of LIBLINEAR, intercept included, for all labels at once, by L-BFGS.
    """
    x, label = np.column_stack([x, np.ones(len(x))]), label.astype(np.float64)
    shape = x.shape[1], label.shape[1]

    def objective(flat):
        w = flat.reshape(shape)
        score = x @ w
        loss = np.sum(np.logaddexp(0, score) - label * score)
        slope = w + strength * (x.T @ (expit(score) - label))
        return flat @ flat / 2 + strength * loss, slope.ravel()

    found = scipy.optimize.minimize(
        objective,
        np.zeros(shape[0] * shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 300, "ftol": 1e-7, "gtol": 1e-3},
    )
    return found.x.reshape(shape)


def best_labels(
    score: Float[np.ndarray, "n K"], count: Int[np.ndarray, "n"]
) -> Bool[np.ndarray, "n K"]:
    """The ``count`` best of every row.

    >>> best_labels(np.array([[0.1, 0.3, 0.2]]), np.array([2])).tolist()
    [[False, True, True]]
    """
    rank = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable")
    return rank < count[:, None]


def f1(label: Bool[np.ndarray, "n K"], told: Bool[np.ndarray, "n K"]) -> dict[str, float]:
    """Macro-F1, the mean over labels, 0 for one that is neither there nor told; and micro-F1."""
    hits = np.sum(label & told, axis=0)
    both = np.sum(label, axis=0) + np.sum(told, axis=0)
    macro = np.mean(2 * hits / np.maximum(both, 1))
    return {"macro_f1": float(macro), "micro_f1": float(2 * hits.sum() / max(both.sum(), 1))}


def split_scores(
    x: Float[np.ndarray, "N d"],
    label: Bool[np.ndarray, "N K"],
    nodes: Int[np.ndarray, "n"],
    fraction: float,
    strength: float,
    seed: int,
) -> dict[str, float]:
    """Trains on a random ``fraction`` of ``nodes`` and tests on the rest of them."""
    shuffled = np.random.default_rng(seed).permutation(nodes)
    train, test = np.split(shuffled, [round(fraction * len(nodes))])
    weights = logistic(x[train], label[train], strength)
    score = x[test] @ weights[:-1] + weights[-1:]
    return f1(label[test], best_labels(score, label[test].sum(1)))
