"""Questions of facts, dealt once an epoch."""

from functools import partial

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.losses import multinomial, softmax
from jaxrec.sampling import one_vs_all_batch, shuffled_queries, unique_queries

E, R, B = 9, 2, 5
RNG = np.random.default_rng(0)
HEAD, TAIL = (RNG.integers(0, E, 14).astype(np.int32) for _ in range(2))
FACTS = Triples(HEAD, RNG.integers(0, R, 14).astype(np.int32), TAIL, E, R)
ASKED = unique_queries(FACTS)
BOTH = FACTS.both_ways()
ALL = jax.jit(one_vs_all_batch)
TRUE = {}
for h, r, t in zip(BOTH.head, BOTH.relation, BOTH.tail, strict=True):
    TRUE.setdefault((int(h), int(r)), set()).add(int(t))


def test_every_question_is_there_once():
    found = list(zip(ASKED.entity.tolist(), ASKED.relation.tolist(), strict=True))
    assert len(found) == len(set(found)) and set(found) == set(TRUE)


def test_every_question_is_dealt_once_with_all_of_its_answers(key):
    deal = jax.jit(partial(shuffled_queries, batch_size=B))
    row, real = map(np.asarray, deal(key, ASKED))
    assert row.shape == real.shape == (-(-len(TRUE) // B), B)
    assert sorted(row[real].tolist()) == list(range(len(TRUE)))
    for n in range(len(row)):
        batch = ALL((row[n], real[n]), ASKED)
        np.testing.assert_array_equal(batch.item, np.arange(E))
        label, mask = np.asarray(batch.label), np.asarray(batch.mask)
        entity, relation = (np.asarray(rows).tolist() for rows in batch.query)
        for b, question in enumerate(zip(entity, relation, strict=True)):
            assert set(np.flatnonzero(label[b]).tolist()) == TRUE[question]
            assert mask[b].all() == mask[b].any() == real[n, b]


def test_another_key_deals_another_order(key):
    deal = partial(shuffled_queries, questions=ASKED, batch_size=B)
    one, other = jax.jit(jax.vmap(deal))(jax.random.split(key))[0]
    assert not np.array_equal(one, other)


def test_candidates_are_of_the_answers_type():
    kind = (np.arange(E) >= 5).astype(np.int32)
    rows = lambda *numbers: np.array(numbers, np.int32)
    facts = Triples(rows(0, 1, 1), rows(0, 0, 1), rows(6, 8, 2), E, R)
    asked = unique_queries(facts, kind)
    batch = ALL((np.arange(len(asked.entity)), np.ones(len(asked.entity), bool)), asked)
    answer = np.argmax(batch.label, axis=1)
    np.testing.assert_array_equal(batch.mask, kind[None] == kind[answer][:, None])


def test_an_epoch_of_questions_asks_what_an_epoch_of_facts_does(key):
    """Mean over answers: the gradient of all questions is that of all facts, one answer each."""
    scores = jax.random.normal(key, (len(ASKED.entity), E))
    every = ALL((np.arange(len(scores)), np.ones(len(scores), bool)), ASKED)
    of_questions = jax.jit(jax.grad(multinomial))(scores, every.label, every.mask)
    index = {question: n for n, question in enumerate(zip(*map(list, ASKED[:2]), strict=True))}
    keys = zip(BOTH.head, BOTH.relation, strict=True)
    row = np.array([index[question] for question in keys])
    label = np.eye(E)[BOTH.tail]
    unique = np.unique(np.stack([row, BOTH.tail], 1), axis=0, return_index=True)[1]
    row, label = row[unique], label[unique]  # A fact twice is one answer.
    loss = lambda s, label, where: softmax(s[row], label, where)
    of_facts = jax.jit(jax.grad(loss))(scores, label, np.ones(label.shape, bool))
    np.testing.assert_allclose(of_questions, of_facts, atol=1e-7)


def test_no_facts_and_other_types_are_refused():
    none = Triples(*(np.zeros(0, np.int32) for _ in range(3)), E, R)
    with pytest.raises(InputError, match="there are no triples"):
        unique_queries(none)
    with pytest.raises(InputError, match="kind has 2 entries for 9 entities"):
        unique_queries(FACTS, np.zeros(2, np.int32))


def test_batches_of_no_questions_are_refused(key):
    with pytest.raises(InputError, match="batch_size is 0; give 1 or more"):
        shuffled_queries(key, ASKED, batch_size=0)
