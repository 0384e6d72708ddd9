"""Filtered ranks against a loop over questions and entities."""

import chex
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.evaluate import (
    Questions,
    filtered_ranks,
    measure_facts,
    questions_of,
    rank_metrics,
)
from jaxrec.graph import Csr
from jaxrec.models import KgEmbeddings, distmult

E, R = 12, 3
RNG = np.random.default_rng(0)


def drawn(n: int) -> Triples:
    return Triples(*(RNG.integers(0, size, n).astype(np.int32) for size in (E, R, E)), E, R)


TRAIN, TEST = drawn(80), drawn(25)
TRUE = {
    fact
    for part in (TRAIN, TEST)
    for fact in zip(part.head.tolist(), part.relation.tolist(), part.tail.tolist(), strict=True)
}
SCORES = RNG.integers(0, 4, (2 * R, E, E)).astype(np.float32)  # Many ties.


def looked_up(reps, queries, items):
    entity, relation = queries
    return reps[relation, entity][:, items]


def by_loop(scores):
    """The realistic rank of tails, then of heads."""
    ranks = []
    for inverse in (False, True):
        for h, r, t in zip(TEST.head, TEST.relation, TEST.tail, strict=True):
            entity, answer = (t, h) if inverse else (h, t)
            row = scores[r + R * inverse, entity]
            facts = [(c, r, t) if inverse else (h, r, c) for c in range(E)]
            left = [c for c in range(E) if c != answer and facts[c] not in TRUE]
            better = sum(row[c] > row[answer] for c in left)
            ties = sum(row[c] == row[answer] for c in left)
            best, worst = 1 + better, 1 + better + ties
            ranks.append((best + worst) / 2)
    return np.array(ranks)


@pytest.mark.parametrize("block_size", [1, 7, 50, None])
def test_equals_a_loop_with_ties(block_size):
    questions = questions_of(TEST, TRAIN)
    ranks = filtered_ranks(looked_up, jnp.asarray(SCORES), questions, E, block_size=block_size)
    expected = by_loop(SCORES)
    assert (expected % 1 > 0).any()  # Some ties leave half ranks.
    np.testing.assert_array_equal(ranks, expected)


def test_what_is_known_does_not_stand_in_the_way():
    scores = np.zeros((2 * R, E, E), np.float32)
    for h, r, t in TRUE:
        scores[r, h, t] = scores[r + R, t, h] = 1
    ranks = filtered_ranks(looked_up, jnp.asarray(scores), questions_of(TEST, TRAIN), E)
    np.testing.assert_array_equal(ranks, 1)
    raw = filtered_ranks(looked_up, jnp.asarray(scores), questions_of(TEST), E)
    assert raw.max() > 1


def test_a_model_that_says_the_same_of_all_ranks_in_the_middle():
    questions = questions_of(TEST, TRAIN)
    ranks = filtered_ranks(looked_up, jnp.zeros((2 * R, E, E)), questions, E)
    n_known = np.diff(questions.known.indptr)[questions.row]
    np.testing.assert_array_equal(ranks, 1 + (E - n_known) / 2)


def test_scores_that_are_nan_are_refused():
    some = SCORES.copy()
    some[:, 3, 0] = np.nan
    with pytest.raises(InputError, match="scores of .* of 50 queries are NaN; train at a lower"):
        filtered_ranks(looked_up, jnp.asarray(some), questions_of(TEST), E)


def test_traces_once_for_all_blocks():
    score = chex.assert_max_traces(looked_up, n=1)
    filtered_ranks(score, jnp.asarray(SCORES), questions_of(TEST, TRAIN), E, block_size=7)


def test_progress_is_told_after_every_block():
    told, questions = [], questions_of(TEST, TRAIN)
    tell = lambda *counts: told.append(counts)
    scores = jnp.asarray(SCORES)
    filtered_ranks(looked_up, scores, questions, E, block_size=20, on_progress=tell)
    assert told == [(20, 50), (40, 50), (50, 50)]


def test_metrics_of_both_ends_are_means_of_the_two(key):
    model = distmult(E, R, 4, reciprocal=True)
    reps = model.encode(model.init(key), None)
    assert isinstance(reps, KgEmbeddings)
    found = measure_facts(model, reps, TEST, TRAIN, ks=(1, 5))
    assert found["both"].keys() == {"mrr", "hits@1", "hits@5", "mean_rank"}
    for name, value in found["both"].items():
        assert value == pytest.approx((found["head"][name] + found["tail"][name]) / 2)
    published = {"mrr", "hits@1", "hits@3", "hits@10", "mean_rank"}
    assert measure_facts(model, reps, TEST, TRAIN)["tail"].keys() == published


def test_metrics_by_hand():
    found = rank_metrics(np.array([1.0, 4.0, 2.5, 20.0]))
    assert found["mrr"] == pytest.approx((1 + 1 / 4 + 1 / 2.5 + 1 / 20) / 4)
    assert (found["hits@1"], found["hits@3"], found["hits@10"]) == (0.25, 0.5, 0.75)


def test_facts_of_another_numbering_are_refused():
    other = Triples(TRAIN.head, TRAIN.relation, TRAIN.tail, E + 1, R)
    with pytest.raises(InputError, match="known triples are of 13 entities and 3 relations"):
        questions_of(TEST, other)
    with pytest.raises(InputError, match="no triples to rank"):
        questions_of(TEST.take(np.zeros(25, bool)))


@pytest.mark.parametrize("column", ["entity", "answer", "known"])
def test_fewer_entities_than_the_questions_hold_are_refused(column):
    rows = lambda *numbers: np.array(numbers, np.int32)
    entity, answer = (rows(E - 1 if column == name else 1) for name in ("entity", "answer"))
    known = Csr(rows(0, 2), rows(1, E - 1 if column == "known" else 2), rows(0))
    questions = Questions(entity, rows(0), answer, rows(0), known)
    scores = jnp.asarray(SCORES)
    assert filtered_ranks(looked_up, scores, questions, E).shape == (1,)
    with pytest.raises(InputError, match="n_entities is 11 but .* hold entity 11; give 12 or more"):
        filtered_ranks(looked_up, scores, questions, E - 1)


def test_more_entities_than_the_tables_have_are_refused(key):
    model = distmult(E - 1, R, 4)
    reps = model.encode(model.init(key), None)
    with pytest.raises(InputError, match="n_entities is 12 but reps have 11 entities; encode with"):
        measure_facts(model, reps, TEST, TRAIN)
