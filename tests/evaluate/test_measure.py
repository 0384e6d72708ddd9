"""Questions and baselines of a split made by hand."""

import numpy as np
import pytest

from jaxrec.base import InputError, Model
from jaxrec.data import Interactions, Split
from jaxrec.evaluate import (
    eval_tasks,
    measure_baselines,
    measure_model,
    popularity,
    ranked_lists,
    sample_users,
    seen,
    slice_of,
)
from jaxrec.evaluate.measure import measure

N_USERS, N_ITEMS = 4, 6


def part(*pairs):
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    return Interactions(user, item, N_USERS, N_ITEMS)


# User 3 has no training interactions, user 2 nothing to find.
TRAIN = part((0, 0), (0, 1), (1, 0), (1, 2), (2, 0), (2, 1))
VALID = part((0, 2), (1, 1), (3, 0))
TEST = part((0, 3), (0, 4), (1, 4), (3, 1))
LOW = part((0, 5), (1, 3))
SPLIT = Split(TRAIN, VALID, TEST, "random")


def owned(lists):
    return [lists.indices[lists.indptr[u] : lists.indptr[u + 1]].tolist() for u in range(N_USERS)]


def test_each_slice_asks_its_own_items_of_users_with_training_interactions():
    asked = eval_tasks(SPLIT, repeats=False)
    assert asked.keys() == {"test", "valid"}
    assert owned(asked["test"].future) == [[3, 4], [4], [], [1]]
    assert owned(asked["valid"].future) == [[2], [1], [], [0]]
    assert [asked[name].users.tolist() for name in ("test", "valid")] == [[0, 1], [0, 1]]
    assert (asked["test"].n_measured, asked["valid"].n_measured) == (3, 2)
    assert all(question.train is TRAIN for question in asked.values())


def test_what_came_before_a_slice_and_what_was_rated_low_may_not_be_shown():
    asked = eval_tasks(SPLIT, repeats=False, low_rated=LOW)
    assert owned(asked["valid"].seen) == [[0, 1, 5], [0, 2, 3], [0, 1], []]
    assert owned(asked["test"].seen) == [[0, 1, 2, 5], [0, 1, 2, 3], [0, 1], [0]]
    plain = eval_tasks(SPLIT, repeats=False)
    assert owned(plain["test"].seen) == [[0, 1, 2], [0, 1, 2], [0, 1], [0]]


def test_serving_has_seen_the_test_slice_too():
    now = seen(SPLIT, LOW, repeats=False)
    pairs = lambda part: set(zip(part.user, part.item, strict=True))
    assert pairs(now) == set.union(*map(pairs, (TRAIN, VALID, TEST, LOW)))


def test_where_repeats_count_only_low_ratings_are_left_out():
    asked = eval_tasks(SPLIT, repeats=True, low_rated=LOW)
    assert owned(asked["test"].seen) == [[5], [3], [], []]
    assert asked["test"].repeats and asked["valid"].repeats
    nothing = eval_tasks(SPLIT, repeats=True)
    assert nothing["test"].seen is None and nothing["test"].repeats


def test_without_validation_there_is_one_question():
    alone = Split(TRAIN, part(), TEST, "random")
    assert eval_tasks(alone, repeats=False).keys() == {"test"}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("test", Split(TRAIN, VALID, part((3, 1)), "random")),
        ("valid", Split(TRAIN, part((3, 1)), TEST, "random")),
    ],
)
def test_a_slice_of_strangers_is_refused(name, split):
    with pytest.raises(InputError, match=f"no user of the {name} slice has training interactions"):
        eval_tasks(split, repeats=False)


def test_popularity_counts_what_models_learn_from():
    # Item 0 three times, 1 twice, 2 once; 3, 4 and 5 never, whatever validation and test hold.
    question = eval_tasks(SPLIT, repeats=False)["test"]
    assert question.popularity.tolist() == [3, 2, 1, 0, 0, 0]
    found = measure_baselines(question, ks=[1, 2])
    assert found.keys() == {"popularity"}
    # Users 0 and 1 have seen 0, 1 and 2: of 3, 4 and 5 every order is as likely.
    recall = {k: found["popularity"].per_user[f"recall@{k}"] for k in (1, 2)}
    np.testing.assert_allclose(recall[1], [1 / 3, 1 / 3])
    np.testing.assert_allclose(recall[2], [2 / 3, 2 / 3])
    assert found["popularity"].mean["recall@2"] == pytest.approx(2 / 3)
    valid = measure_baselines(eval_tasks(SPLIT, repeats=False)["valid"], ks=[1])
    np.testing.assert_allclose(valid["popularity"].per_user["recall@1"], [1, 1])


def test_repetition_stands_beside_it_where_repeats_count():
    train = part((0, 3), (0, 3), (0, 1), (1, 2), (2, 1), (2, 1))
    question = slice_of(train, None, part((0, 3), (1, 1), (2, 2)))
    found = measure_baselines(question, ks=[1, 2])
    # User 0 returns to 3 first; user 1 to 2, and then the most popular, 1; user 2 to 1, then 3.
    assert found["repeat"].per_user["hit@1"].tolist() == [1, 0, 0]
    assert found["repeat"].per_user["hit@2"].tolist() == [1, 1, 0]


def test_a_model_is_ranked_without_what_users_have_seen():
    score = lambda reps, queries, items: reps[queries][:, items]
    model = Model(init=None, encode=None, score=score)  # type: ignore[arg-type]
    table = np.zeros((N_USERS, N_ITEMS), np.float32)
    table[0] = [9, 8, 7, 3, 2, 5]  # Of 3, 4 and 5.
    table[1] = [9, 8, 7, 3, 2, 5]
    found = measure_model(model, table, eval_tasks(SPLIT, repeats=False)["test"], ks=[1, 2])
    assert found.per_user["recall@2"].tolist() == [0.5, 0]
    hidden = eval_tasks(SPLIT, repeats=False, low_rated=LOW)["test"]
    found = measure_model(model, table, hidden, ks=[1, 2])
    assert found.per_user["recall@1"].tolist() == [0.5, 0]
    assert found.per_user["recall@2"].tolist() == [1, 1]
    assert found.mean["coverage@1"] == pytest.approx(2 / N_ITEMS)  # Items 3 and 5.
    assert found.mean["popularity@1"] == 0
    assert found.n_alike == 0


def test_popularity_is_measured_as_its_own_scores_would_be():
    rng = np.random.default_rng(0)
    dense = rng.random((30, 12)) < 0.3
    held = ~dense & (rng.random((30, 12)) < 0.2)
    as_pairs = lambda dense: Interactions(*(x.astype(np.int32) for x in np.nonzero(dense)), 30, 12)
    train, test = as_pairs(dense), as_pairs(held)
    question = slice_of(train, train, test)
    found = measure_baselines(question, [3, 5])["popularity"]
    dense = measure(ranked_lists(popularity, question.popularity, question, 5), question, [3, 5])
    assert found.mean == pytest.approx(dense.mean)
    assert found.n_alike == 0


def test_a_sample_of_users_is_drawn_by_its_seed_and_is_all_where_there_are_no_more():
    rng = np.random.default_rng(0)
    pairs = Interactions(np.arange(50, dtype=np.int32), rng.integers(0, 9, 50, np.int32), 50, 9)
    question = slice_of(pairs, None, pairs)
    users = [sample_users(question, 10, seed).users.tolist() for seed in (0, 0, 1)]
    assert users[0] == users[1] != users[2]
    assert len(set(users[0])) == 10 and users[0] == sorted(users[0])
    assert sample_users(question, 50, 0) is sample_users(question, None, 0) is question
    with pytest.raises(InputError, match="0 test users cannot be measured; give 1 or more"):
        sample_users(question, 0, 0)
