"""What models of nodes must beat: the commonest class, labels alone, and features alone.

Each gives log probabilities ``[n, C]`` of the classes of some nodes, from labeled nodes.
"""

from functools import lru_cache
from typing import Any, cast

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int
from scipy.special import log_softmax, softmax

from jaxrec.data import NodeLabels
from jaxrec.graph import homogeneous

ALPHA, N_STEPS = 0.9, 50
"""Weight of the neighbors, and steps, of label propagation."""
PRIOR = 0.01
"""Share of the classes' frequencies in what label propagation gives, so that nothing is 0."""
STRENGTHS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""L2 that logistic regression chooses from, of half the squared norm beside the mean loss."""


def class_shares(train: NodeLabels, n: int) -> Float[np.ndarray, "n C"]:
    """The share of each class among labeled nodes, one added to every count, for ``n`` nodes."""
    count = 1 + np.bincount(train.label, minlength=train.n_classes)
    return np.tile(np.log(count / count.sum()), (n, 1))


def propagated_labels(train: NodeLabels, node: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n C"]:
    """Labels spread along edges, ``F <- a S F + (1 - a) Y`` with ``S = D^-1/2 A D^-1/2``.

    Rows are divided by their sum; those that no label reached are the shares of the classes, which
    are a hundredth of all others. Zhou et al., Learning with Local and Global Consistency, NIPS
    2003.
    """
    n_nodes, shares = train.graph.n_nodes, np.exp(class_shares(train, 1))
    known = np.zeros((n_nodes, train.n_classes))
    known[train.node, train.label] = 1
    ends = train.graph.senders, train.graph.receivers
    edges = homogeneous(*ends, n_nodes)
    cells = np.asarray(edges.edges), (np.asarray(edges.receivers), np.asarray(edges.senders))
    spread = scipy.sparse.csr_array(cells, shape=(n_nodes, n_nodes))
    found = known
    for _ in range(N_STEPS):
        found = ALPHA * (spread @ found) + (1 - ALPHA) * known
    total = found[node].sum(axis=1, keepdims=True)
    share = np.where(total > 0, found[node] / np.where(total > 0, total, 1), shares)
    return np.log((1 - PRIOR) * share + PRIOR * shares)


def logistic_regression(train: NodeLabels, node: Int[np.ndarray, "n"]) -> Float[np.ndarray, "n C"]:
    """Multinomial logistic regression on the nodes' own features, no edge read.

    Minimizes the mean log loss and ``l2 / 2`` times the squared norm of the weights, biases left
    out. ``l2`` is the one of ``STRENGTHS`` whose log loss is least on every fifth labeled node,
    learned from the others.
    """
    weight, bias = _best(train)
    return log_softmax(train.graph.inputs()[node] @ weight + bias, axis=1)


@lru_cache(maxsize=1)  # The slices of a run are measured by one training slice.
def _best(train: NodeLabels) -> tuple[Float[np.ndarray, "F C"], Float[np.ndarray, "C"]]:
    x, label, n_classes = train.graph.inputs()[train.node], train.label, train.n_classes
    held = np.random.default_rng(0).permutation(len(train)) % 5 == 0
    l2 = STRENGTHS[-1]
    if held.any() and not held.all():

        def loss_of(l2: float) -> float:
            weight, bias = fitted(x[~held], label[~held], n_classes, l2)
            found = log_softmax(x[held] @ weight + bias, axis=1)
            return -float(np.mean(found[np.arange(held.sum()), label[held]]))

        l2 = min(STRENGTHS, key=loss_of)
    return fitted(x, label, n_classes, l2)


def fitted(
    x: scipy.sparse.csr_array, label: Int[np.ndarray, "n"], n_classes: int, l2: float
) -> tuple[Float[np.ndarray, "F C"], Float[np.ndarray, "C"]]:
    """Weights and biases of the least ``mean log loss + l2 / 2 |W|^2``, by Newton steps.

    Each step is found by conjugate gradients, on products with the Hessian alone.
    """
    from scipy import optimize  # Takes a while to import, and most commands do without.

    n, n_features = len(label), cast(tuple[int, int], x.shape)[1]
    true = np.eye(n_classes)[label]

    def packed(error: Float[np.ndarray, "n C"], weight: Float[np.ndarray, "F C"]):
        return np.concatenate([x.T @ error / n + l2 * weight, error.mean(axis=0)[None]]).ravel()

    def objective(flat: Float[np.ndarray, "_"]) -> tuple[float, Float[np.ndarray, "_"]]:
        weight, bias = _unpacked(flat, n_features)
        logits = x @ weight + bias
        loss = -np.mean(np.sum(true * log_softmax(logits, axis=1), axis=1))
        return loss + l2 / 2 * np.sum(weight**2), packed(softmax(logits, axis=1) - true, weight)

    def hessian_product(flat: Float[np.ndarray, "_"], along: Float[np.ndarray, "_"]):
        (weight, bias), (by, by_bias) = (_unpacked(each, n_features) for each in (flat, along))
        share, moved = softmax(x @ weight + bias, axis=1), x @ by + by_bias
        return packed(share * (moved - np.sum(share * moved, axis=1, keepdims=True)), by)

    start = np.zeros((n_features + 1) * n_classes)
    how: dict[str, Any] = {"jac": True, "hessp": hessian_product, "method": "Newton-CG"}
    found: Any = optimize.minimize(objective, start, **how)
    return _unpacked(found.x, n_features)


def _unpacked(flat: Float[np.ndarray, "_"], n_features: int):
    table = flat.reshape(n_features + 1, -1)
    return table[:-1], table[-1]
