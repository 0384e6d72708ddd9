"""Baselines of nodes against slow formulas, and their metrics against counts by hand."""

import numpy as np
import pytest
import scipy.sparse
from scipy.special import log_softmax

from jaxrec.base import InputError
from jaxrec.data import NodeGraph, NodeLabels
from jaxrec.evaluate import (
    class_shares,
    logistic_regression,
    macro_f1,
    measure_classes,
    propagated_labels,
)
from jaxrec.evaluate.node_baselines import STRENGTHS, fitted

N, C = 30, 3
RNG = np.random.default_rng(0)
ENDS = np.argwhere(np.triu(RNG.random((N, N)) < 0.15, 1))
ENDS = ENDS[(ENDS != N - 1).all(axis=1)]  # The last node has no edge.
BOTH = np.unique(np.concatenate([ENDS, ENDS[:, ::-1]]), axis=0).astype(np.int32)
X = RNG.normal(size=(N, 4)).astype(np.float32)
GRAPH = NodeGraph(*np.ascontiguousarray(BOTH.T), N, scipy.sparse.csr_array(X))
ROWS = np.arange(0, N, 2, dtype=np.int32)
LABEL = (ROWS % C).astype(np.int32)
TRAIN = NodeLabels(ROWS, LABEL, GRAPH, C)
ASKED = np.array([1, 5, 29], np.int32)


def test_class_shares_count_one_more_of_each():
    few = TRAIN.take(np.array([0, 1, 3]))  # Classes 0, 2 and 0.
    np.testing.assert_allclose(np.exp(class_shares(few, 2)), [[3 / 6, 1 / 6, 2 / 6]] * 2)


def test_labels_are_propagated_by_the_symmetric_matrix_and_mixed_with_the_shares():
    a = np.zeros((N, N))
    a[tuple(BOTH.T)] = 1
    degree = np.maximum(a.sum(1), 1)
    s = a / np.sqrt(degree[:, None] * degree)
    y = np.zeros((N, C))
    y[ROWS, LABEL] = 1
    f = y
    for _ in range(50):
        f = 0.9 * s @ f + 0.1 * y
    shares = np.exp(class_shares(TRAIN, 1))[0]
    expected = 0.99 * f[ASKED] / np.maximum(f[ASKED].sum(1, keepdims=True), 1e-300) + 0.01 * shares
    expected[-1] = shares  # No label reaches it.
    np.testing.assert_allclose(np.exp(propagated_labels(TRAIN, ASKED)), expected, rtol=1e-5)


@pytest.mark.parametrize("l2", STRENGTHS[2:])
def test_weights_of_logistic_regression_have_no_gradient(l2):
    x = X[ROWS].astype(np.float64)
    weight, bias = fitted(scipy.sparse.csr_array(x), LABEL, C, l2)
    error = np.exp(log_softmax(x @ weight + bias, axis=1)) - np.eye(C)[LABEL]
    np.testing.assert_allclose(x.T @ error / len(x) + l2 * weight, 0, atol=1e-4)
    np.testing.assert_allclose(error.mean(axis=0), 0, atol=1e-4)


def test_logistic_regression_has_the_strength_that_is_best_on_a_fifth():
    held = np.random.default_rng(0).permutation(len(ROWS)) % 5 == 0
    x = scipy.sparse.csr_array(X.astype(np.float64))

    def loss(l2):
        weight, bias = fitted(x[ROWS[~held]], LABEL[~held], C, l2)
        found = log_softmax(X[ROWS[held]] @ weight + bias, axis=1)
        return -np.mean(found[np.arange(held.sum()), LABEL[held]])

    best = STRENGTHS[int(np.argmin([loss(l2) for l2 in STRENGTHS]))]
    weight, bias = fitted(x[ROWS], LABEL, C, best)
    expected = log_softmax(X[ASKED] @ weight + bias, axis=1)
    np.testing.assert_allclose(logistic_regression(TRAIN, ASKED), expected, atol=1e-3)


def test_macro_f1_is_the_mean_of_f1_by_class():
    label, answer = RNG.integers(0, 4, 50), RNG.integers(0, 4, 50)
    each = []
    for c in range(4):
        hits = np.sum((label == c) & (answer == c))
        precision, recall = hits / np.sum(answer == c), hits / np.sum(label == c)
        each.append(2 * precision * recall / (precision + recall))
    assert macro_f1(answer, label) == pytest.approx(np.mean(each))


def test_what_is_measured_needs_nodes_and_finite_numbers():
    with pytest.raises(InputError, match="0 given, at least 1 needed"):
        measure_classes(np.zeros((0, 2)), np.zeros(0, int))
    with pytest.raises(InputError, match="not finite"):
        measure_classes(np.full((1, 2), -np.inf), np.zeros(1, int))
