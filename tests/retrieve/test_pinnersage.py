"""Interests against the paper's equations, written slowly."""

import numpy as np
import pytest
import scipy.cluster.hierarchy
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.retrieve import cut, importance, interests, medoids, pinnersage, ward

USERS = st.integers(0, 10**6).map(lambda seed: random_user(seed))


def random_user(seed: int):
    """Vectors around a few centers, a third of them repeated."""
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((4, 3))
    m = int(rng.integers(2, 40))
    vectors = centers[rng.integers(0, 4, m)] + 0.3 * rng.standard_normal((m, 3))
    again = rng.random(m) < 0.3
    vectors[again] = vectors[rng.integers(0, m, again.sum())]
    return vectors, np.sort(rng.exponential(30, m))[::-1]


def slow_clusters(vectors, alpha: float):
    """Lance-Williams by the paper's Algorithm 1: merge the nearest two as long as d <= alpha."""
    members = {n: [n] for n in range(len(vectors))}
    d = {
        (i, j): float(np.sum((vectors[i] - vectors[j]) ** 2))
        for j in range(len(vectors))
        for i in range(j)
    }
    costs, new = [], len(vectors)
    while len(members) > 1:
        (i, j), least = min(d.items(), key=lambda entry: entry[1])
        costs.append(least)
        if least > alpha:
            break
        n_i, n_j = len(members[i]), len(members[j])
        for k in members:
            if k not in (i, j):
                n_k = len(members[k])
                d_ik, d_jk = d[min(i, k), max(i, k)], d[min(j, k), max(j, k)]
                total = (n_i + n_k) * d_ik + (n_j + n_k) * d_jk - n_k * least
                d[k, new] = total / (n_i + n_j + n_k)
        members[new] = members.pop(i) + members.pop(j)
        d = {pair: value for pair, value in d.items() if i not in pair and j not in pair}
        new += 1
    return costs, {frozenset(group) for group in members.values()}


def as_sets(label):
    return {frozenset(np.flatnonzero(label == n).tolist()) for n in range(label.max() + 1)}


@given(USERS)
def test_costs_are_those_of_lance_and_williams(user):
    vectors, _ = user
    np.testing.assert_allclose(
        ward(vectors)[:, 2], slow_clusters(vectors, np.inf)[0], rtol=1e-9, atol=1e-12
    )


@given(USERS, st.floats(0.01, 30))
def test_clusters_are_merged_while_it_costs_no_more_than_alpha(user, alpha):
    vectors, _ = user
    label = cut(ward(vectors), alpha)
    assert as_sets(label) == slow_clusters(vectors, alpha)[1]
    assert set(label.tolist()) == set(range(label.max() + 1))


@given(USERS)
def test_merges_are_scipys(user):
    vectors, _ = user
    expected = scipy.cluster.hierarchy.linkage(vectors, "ward")
    found = ward(vectors)
    np.testing.assert_array_equal(found[:, [0, 1, 3]], expected[:, [0, 1, 3]])
    np.testing.assert_allclose(found[:, 2], expected[:, 2] ** 2, rtol=1e-12)


@given(USERS, st.floats(0.01, 30))
def test_medoids_have_the_least_sum_of_squared_distances(user, alpha):
    vectors, _ = user
    label = cut(ward(vectors), alpha)
    for cluster, medoid in enumerate(medoids(vectors, label)):
        own = np.flatnonzero(label == cluster)
        sums = [np.sum((vectors[own] - vectors[n]) ** 2) for n in own]
        assert label[medoid] == cluster
        found = np.sum((vectors[own] - vectors[medoid]) ** 2)
        np.testing.assert_allclose(found, min(sums), rtol=1e-9, atol=1e-12)


def test_of_two_actions_the_latest_is_the_medoid():
    rng = np.random.default_rng(0)
    for _ in range(100):
        assert medoids(rng.standard_normal((2, 5)), np.array([0, 0])).tolist() == [1]


def test_importance_sums_decayed_actions():
    label, age = np.array([0, 1, 0, 1]), np.array([100.0, 50.0, 10.0, 0.0])
    expected = [np.exp(-1.0) + np.exp(-0.1), np.exp(-0.5) + 1]
    np.testing.assert_allclose(importance(label, age, 0.01), expected, rtol=1e-12)
    np.testing.assert_array_equal(importance(label, age, 0.0), [2, 2])  # Frequency alone.


def test_interests_come_by_importance():
    vectors = np.array([[0.0], [0.1], [0.2], [10.0], [10.1], [20.0]])
    age = np.array([300.0, 290, 280, 200, 190, 0])
    frequent = pinnersage(vectors, age, alpha=1.0, decay=0.0)
    assert frequent.medoid.tolist() == [1, 4, 5]
    np.testing.assert_array_equal(frequent.importance, [3, 2, 1])
    assert pinnersage(vectors, age, alpha=1.0, decay=0.1).medoid.tolist() == [5, 4, 1]
    assert frequent.top(2).medoid.tolist() == [1, 4]
    assert frequent.top(9).medoid.tolist() == [1, 4, 5]


def test_where_all_importance_underflows_the_latest_come_first():
    found = interests(np.eye(3), np.arange(3), np.array([1e6, 1e5, 1e4]), decay=1.0)
    assert found.medoid.tolist() == [2, 1, 0]
    assert found.sample(2, np.random.default_rng(0)).medoid.tolist() == [2, 1]


def test_one_action_is_one_interest():
    found = pinnersage(np.array([[3.0, 4.0]]), np.array([100.0]), alpha=1.0)
    assert found.medoid.tolist() == [0]
    np.testing.assert_allclose(found.importance, [np.exp(-1)])


@pytest.mark.parametrize("alpha", [0.0, 5.0])
def test_repeats_of_an_action_are_one_interest(alpha):
    # The mean of equal vectors differs from them by rounding; they cost nothing to merge.
    found = pinnersage(np.full((7, 3), 0.1), np.arange(7.0)[::-1], alpha, decay=0.0)
    assert found.medoid.tolist() == [6]
    assert found.importance.tolist() == [7]


def test_no_merge_costs_less_than_alpha_below_the_nearest_pair():
    vectors = np.array([[0.0], [1.0], [3.0]])
    assert len(np.unique(cut(ward(vectors), 0.99))) == 3
    assert len(np.unique(cut(ward(vectors), 1.01))) == 2
    # 2 * 2 / 3 * 2.5^2 = 8.333
    assert len(np.unique(cut(ward(vectors), 8.33))) == 2
    assert len(np.unique(cut(ward(vectors), 8.34))) == 1


def test_samples_follow_importance():
    found = interests(np.eye(3), np.arange(3), np.array([0.0, 1.0, 2.0]), decay=np.log(2))
    chance = np.array([4, 2, 1]) / 7  # 1, 1/2 and 1/4.
    rng, n = np.random.default_rng(0), 4000
    first = np.array([found.sample(1, rng).medoid[0] for _ in range(n)])
    for action, p in enumerate(chance):
        assert abs(np.sum(first == action) - n * p) < 5 * np.sqrt(n * p * (1 - p))
    both = found.sample(2, rng)
    assert len(set(both.medoid.tolist())) == 2
    assert (np.diff(both.importance) <= 0).all()
    assert sorted(found.sample(9, rng).medoid.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("vectors", "age", "alpha", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0), 1.0, "a user has 0 actions; give 1 to 20000"),
        (np.array([[0.0], [np.nan]]), np.zeros(2), 1.0, "the vector of action 1 is not finite"),
        (np.eye(2), np.zeros(2), -1.0, "alpha is -1.0; give"),
        (np.eye(2), np.zeros(2), np.nan, "alpha is nan; give"),
        (np.eye(2), np.zeros(1), 1.0, "age_days has 1 entries for 2 actions"),
        (np.eye(2), np.array([0.0, np.inf]), 1.0, "age_days has inf days for action 1; give a"),
        (np.eye(2), np.array([0.0, -1.0]), 1.0, "age_days has -1.0 days for action 1; give a"),
    ],
)
def test_what_has_no_interests_is_refused(vectors, age, alpha, message):
    with pytest.raises(InputError, match=message):
        pinnersage(vectors, age, alpha)
