"""Metrics against slow twins written from the definitions, and against trec_eval."""

from functools import partial
from itertools import permutations, product

import ir_measures
import jax
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.evaluate import METRICS, Cut, all_metrics

N_LISTS, LENGTH = 3, 5
KS = [1, 4, LENGTH + 3]  # The last is longer than the lists.


def gains(hits, k):
    return sum(hit / np.log2(rank + 1) for rank, hit in enumerate(hits[:k], 1))


SLOW = {
    "recall": lambda hits, total, k: sum(hits[:k]) / total if total else 0.0,
    "precision": lambda hits, total, k: sum(hits[:k]) / k,
    "hit": lambda hits, total, k: float(any(hits[:k])),
    "ndcg": lambda hits, total, k: gains(hits, k) / gains([1] * total, k) if total else 0.0,
    "mrr": lambda hits, total, k: max([hit / (j + 1) for j, hit in enumerate(hits[:k])], default=0),
    "map": lambda hits, total, k: (
        sum(hit * sum(hits[: j + 1]) / (j + 1) for j, hit in enumerate(hits[:k])) / max(total, 1)
    ),
}
"""Of 0/1 ``hits`` in rank order and the number ``total`` of relevant items."""

every_metric = pytest.mark.parametrize("name", METRICS)


def rank_orders(scores, labels, where):
    """Labels of unmasked entries, best score first, in every order of equal scores."""
    there = [j for j in range(len(scores)) if where[j]]
    groups = [[j for j in there if scores[j] == score] for score in sorted(set(scores))[::-1]]
    for parts in product(*map(permutations, groups)):
        yield [int(labels[j]) for part in parts for j in part]


def table(elements):
    row = st.lists(elements, min_size=LENGTH, max_size=LENGTH)
    return st.lists(row, min_size=N_LISTS, max_size=N_LISTS)


@partial(jax.jit, static_argnames="k")
def measure_all(scores, labels, where, k, n_relevant):
    return {name: metric(scores, labels, where, k, n_relevant) for name, metric in METRICS.items()}


def measure(name, scores, labels, where, k, n_relevant=None):
    arrays = np.asarray(scores, np.float32), np.asarray(labels, np.float32), np.asarray(where)
    return np.asarray(measure_all(*arrays, k, n_relevant)[name])


def test_the_names_are_those_of_the_twins():
    assert METRICS.keys() == SLOW.keys()


@every_metric
@given(
    scores=table(st.integers(0, 2)),  # Few values, so that there are ties.
    labels=table(st.integers(0, 1)),
    where=table(st.booleans()),
)
def test_equals_the_slow_twin(name, scores, labels, where):
    lists = [list(rank_orders(*rows)) for rows in zip(scores, labels, where, strict=True)]
    for k in KS:
        expected = [np.mean([SLOW[name](hits, sum(hits), k) for hits in each]) for each in lists]
        found = measure(name, scores, labels, where, k)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@every_metric
def test_numpy_in_float64_out(name):
    arrays = np.array([[0.5, 0.5, 0.3]]), np.array([[0.0, 1.0, 1.0]]), np.ones((1, 3), bool)
    found = METRICS[name](*arrays, 2)
    assert isinstance(found, np.ndarray) and found.dtype == np.float64
    orders = list(rank_orders(*(array[0] for array in arrays)))
    expected = np.mean([SLOW[name](hits, 2, 2) for hits in orders])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@every_metric
@given(scores=st.lists(st.integers(0, 2), min_size=LENGTH, max_size=LENGTH), data=st.data())
def test_what_ties_below_the_cut_counts(name, scores, data):
    labels = data.draw(st.lists(st.integers(0, 1), min_size=LENGTH, max_size=LENGTH))
    length = data.draw(st.integers(1, LENGTH))
    k = data.draw(st.integers(1, length))
    scores, labels = np.array([scores], float), np.array([labels], float)
    order = np.argsort(-scores, axis=1, kind="stable")
    score, label = (np.take_along_axis(array, order, axis=1) for array in (scores, labels))
    below = score[:, length:] == score[:, length - 1 : length]
    cut = Cut(below.sum(1), (below * label[:, length:]).sum(1).astype(int))
    top = score[:, :length], label[:, :length], np.ones((1, length), bool)
    found = METRICS[name](*top, k, labels.sum(1).astype(int), cut)
    whole = METRICS[name](scores, labels, np.ones_like(scores, bool), k)
    np.testing.assert_allclose(found, whole, rtol=1e-12, atol=1e-14)


@every_metric
def test_relevant_items_beyond_the_list_count(name):
    scores, labels = [[0.5, 0.4, 0.3], [0.5, 0.4, 0.3]], [[0, 1, 1], [0, 0, 0]]
    n_relevant = np.array([7, 2])
    for k in (1, 2, 5):
        expected = [SLOW[name]([0, 1, 1], 7, k), SLOW[name]([0, 0, 0], 2, k)]
        found = measure(name, scores, labels, np.ones((2, 3), bool), k, n_relevant)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def ranking(seed):
    """Scores without ties, labels, and a mask, of twenty lists of thirty."""
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(30.0), (20, 1)), axis=1)
    return scores, rng.random((20, 30)) < 0.2, rng.random((20, 30)) < 0.8


@every_metric
def test_the_top_of_a_list_measures_as_the_full_list(name):
    scores, labels, where = ranking(0)
    order = np.argsort(np.where(where, -scores, np.inf), axis=1)[:, :10]
    top = [np.take_along_axis(array, order, axis=1) for array in (scores, labels, where)]
    n_relevant = (labels & where).sum(1)
    expected = measure(name, scores, labels, where, 10)
    np.testing.assert_allclose(measure(name, *top, 10, n_relevant), expected, rtol=1e-6)


@every_metric
def test_permuting_a_list_changes_nothing(name):
    scores, labels, where = ranking(1)
    arrays = np.floor(scores / 4), labels, where  # Ties in fours.
    order = np.random.default_rng(2).permutation(30)
    permuted = measure(name, *(array[:, order] for array in arrays), 5)
    np.testing.assert_allclose(permuted, measure(name, *arrays, 5), rtol=1e-6)


def test_all_metrics_are_each_metric_at_each_k():
    scores, labels, where = ranking(5)
    arrays = np.floor(scores / 4), labels.astype(float), where
    found = all_metrics(*arrays, (3, 10))
    assert found.keys() == {f"{name}@{k}" for name in METRICS for k in (3, 10)}
    for name, metric in METRICS.items():
        for k in (3, 10):
            np.testing.assert_array_equal(found[f"{name}@{k}"], metric(*arrays, k))


@every_metric
def test_masked_entries_are_as_good_as_absent(name):
    scores, labels, _ = ranking(3)
    where = np.arange(30) < 20
    masked = measure(name, scores, labels, np.tile(where, (20, 1)), 5)
    removed = measure(name, scores[:, :20], labels[:, :20], np.ones((20, 20), bool), 5)
    np.testing.assert_array_equal(masked, removed)


@every_metric
def test_perfect_order_is_best_and_nothing_relevant_is_zero(name):
    scores, labels = [[0.9, 0.8, 0.7], [0.9, 0.8, 0.7]], [[1, 1, 0], [0, 0, 0]]
    found = measure(name, scores, labels, np.ones((2, 3), bool), 2)
    assert found.tolist() == [1.0, 0.0]


TREC = {
    "recall": ir_measures.R,
    "precision": ir_measures.P,
    "hit": ir_measures.Success,
    "ndcg": ir_measures.nDCG,
    "mrr": ir_measures.RR,
    "map": ir_measures.AP,
}


@every_metric
@pytest.mark.parametrize("k", [1, 5, 20])
def test_equals_trec_eval(name, k):
    scores, labels, _ = ranking(4)
    judged, ranked = [], []
    for q, d in np.ndindex(scores.shape):
        judged.append(ir_measures.Qrel(f"{q}", f"{d}", int(labels[q, d])))
        ranked.append(ir_measures.ScoredDoc(f"{q}", f"{d}", float(scores[q, d])))
    values = ir_measures.iter_calc([TREC[name] @ k], judged, ranked)
    expected = {int(metric.query_id): metric.value for metric in values}
    found = measure(name, scores, labels, np.ones_like(labels), k)
    np.testing.assert_allclose(found, [expected[q] for q in range(20)], rtol=1e-6)
