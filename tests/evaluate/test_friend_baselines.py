"""Baselines of friends, beside sums over who is linked to whom."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data import Interactions, Split
from jaxrec.evaluate import (
    common_friends,
    eval_task,
    measure_friend_baselines,
    shared_friends,
    weighed_friends,
)

U = 30
RNG = np.random.default_rng(0)
ENDS = np.unique(np.sort(RNG.integers(0, U, (90, 2)), axis=1), axis=0)
ENDS = ENDS[ENDS[:, 0] != ENDS[:, 1]].astype(np.int32)
PART = RNG.choice(2, len(ENDS), p=[0.8, 0.2])


def links(pairs):
    return Interactions(*np.concatenate([pairs, pairs[:, ::-1]]).T, U, U)


TRAIN, TEST = links(ENDS[PART == 0]), links(ENDS[PART == 1])
LINKED = np.zeros((U, U))
LINKED[TRAIN.user, TRAIN.item] = 1
DEGREE = LINKED.sum(1)
WORTH = {"common_neighbors": np.ones(U)}
with np.errstate(divide="ignore"):
    WORTH["adamic_adar"] = np.where(DEGREE > 1, 1 / np.log(np.maximum(DEGREE, 1)), 0)
EXPECTED = {name: LINKED @ np.diag(worth) @ LINKED for name, worth in WORTH.items()}
REPS = {"common_neighbors": common_friends(TRAIN), "adamic_adar": weighed_friends(TRAIN)}


@pytest.mark.parametrize("name", EXPECTED)
def test_scores_are_sums_over_friends_in_common(name):
    rows = jnp.array([4, 0, 29, 4])
    scores = shared_friends(REPS[name], rows, jnp.arange(U))
    np.testing.assert_allclose(scores, EXPECTED[name][rows], rtol=1e-5)
    listed = shared_friends(REPS[name], rows, jnp.array([[1, 2], [3, 4], [5, 6], [7, 8]]))
    np.testing.assert_allclose(listed[2], EXPECTED[name][29, [5, 6]], rtol=1e-5)
    left, right = shared_friends.factors(REPS[name])
    np.testing.assert_allclose((left @ right).toarray(), EXPECTED[name], rtol=1e-5)


def expected_recall(scores, k):
    """Mean over orders of equals (after degree): here by drawing none, for ties are broken."""
    found = []
    for user in np.intersect1d(TEST.user, TRAIN.user):
        out = LINKED[user].astype(bool) | (np.arange(U) == user)
        key = np.where(out, -np.inf, scores[user] + 1e-6 * DEGREE)
        hits = set(TEST.item[TEST.user == user])
        # An answer counts by the chance that a random order of its equals has it among k.
        total = 0.0
        for answer in hits:
            better, equal = np.sum(key > key[answer]), np.sum(key == key[answer])
            total += np.clip((k - better) / equal, 0, 1)
        found.append(total / len(hits))
    return np.mean(found)


def test_all_are_measured_among_those_who_are_no_friends():
    rows = np.arange(U, dtype=np.int32)
    itself = Interactions(rows, rows, U, U)
    split = Split(TRAIN, TRAIN.take(np.zeros(0, np.int64)), TEST, "rows")
    question = eval_task(split, "test", False, itself)
    found = measure_friend_baselines(question, (5,))
    assert list(found) == ["degree", "common_neighbors", "adamic_adar"]
    for name, scores in ({"degree": np.zeros((U, U))} | EXPECTED).items():
        expected = expected_recall(scores, 5)
        assert found[name].mean["recall@5"] == pytest.approx(expected, rel=1e-5), name
