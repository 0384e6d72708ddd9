"""What batches of facts ask, and of whom."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.losses import softmax
from jaxrec.sampling import (
    bucket,
    corrected,
    listed_entities,
    shared_entities,
    split_facts,
)

E, R, B, N = 9, 2, 64, 32
RNG = np.random.default_rng(0)
HEAD, TAIL = (RNG.integers(0, E, 12).astype(np.int32) for _ in range(2))
FACTS = Triples(HEAD, RNG.integers(0, R, 12).astype(np.int32), TAIL, E, R)
KIND = (np.arange(E) % 3).astype(np.int32)
TRUE = {(h, r, t) for h, r, t in zip(HEAD, FACTS.relation, TAIL, strict=True)}

SHARED = jax.jit(partial(shared_entities, n_relations=R, batch_size=B, n=N))
LISTED = jax.jit(partial(listed_entities, n_relations=R, batch_size=B, n=N))
each = pytest.mark.parametrize("sample", [SHARED, LISTED], ids=["shared", "listed"])


def parts(batch):
    """Entity, relation and answer of every query, in NumPy."""
    entity, relation = (np.asarray(rows) for rows in batch.query)
    item = np.broadcast_to(batch.item, batch.label.shape)
    answer = item[np.arange(len(entity)), np.argmax(batch.label, axis=1)]
    return entity, relation, answer, item


@each
def test_the_answer_makes_a_fact_of_the_question(sample, key):
    for n in range(4):
        batch = sample(jax.random.fold_in(key, n), bucket(FACTS))
        entity, relation, answer, _ = parts(batch)
        forth = zip(entity, relation, answer, strict=True)
        facts = [(e, r, a) if r < R else (a, r - R, e) for e, r, a in forth]
        assert set(facts) <= TRUE
        np.testing.assert_array_equal(np.sum(batch.label, axis=1), 1)


@each
def test_candidates_are_of_the_answers_type_and_not_the_answer(sample, key):
    batch = sample(key, bucket(FACTS, KIND))
    _, _, answer, item = parts(batch)
    alike = KIND[item] == KIND[answer][:, None]
    right = np.asarray(batch.label) > 0
    np.testing.assert_array_equal(batch.mask, right | (alike & (item != answer[:, None])))


def test_a_batch_that_shares_candidates_asks_for_one_end(key):
    ends = [parts(SHARED(jax.random.fold_in(key, n), bucket(FACTS)))[1] >= R for n in range(20)]
    assert all(end.all() or not end.any() for end in ends)
    n_heads = sum(bool(end.all()) for end in ends)
    assert 2 < n_heads < 18  # Outside with a chance of 4e-4.


def test_both_ends_are_asked_for_equally_often(key):
    keys = jax.random.split(key, 40)
    relation = jax.vmap(lambda key: LISTED(key, bucket(FACTS)).query[1])(keys)
    share, n = np.mean(np.asarray(relation) >= R), relation.size
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / n)


@pytest.mark.parametrize("sample", [SHARED, LISTED], ids=["shared", "listed"])
def test_uniform_candidates_are_uniform_over_the_answers_type(sample, key):
    facts = bucket(FACTS, KIND)
    keys = jax.random.split(key, 60)
    batches = jax.vmap(lambda key: sample(key, facts))(keys)
    item = np.asarray(batches.item)
    if sample is SHARED:  # Candidate j is of the type of answer j mod B, which is candidate j, too.
        answer, uniform = item[:, :N], item[:, B:]
    else:
        answer, uniform = np.broadcast_to(item[..., :1], (*item.shape[:2], N)), item[..., 1:]
    for kind in range(3):
        drawn = uniform[KIND[answer] == kind]
        members = np.flatnonzero(KIND == kind)
        assert set(drawn.ravel()) == set(members)
        share = np.bincount(drawn.ravel())[members] / drawn.size
        assert np.abs(share - 1 / 3).max() < 5 * np.sqrt(2 / 9 / drawn.size)


@pytest.mark.parametrize("n_partitions", [1, 2])
def test_log_q_tells_how_often_candidates_are_there(n_partitions, key):
    keys = jax.random.split(key, 600)
    for part in split_facts(FACTS, n_partitions, KIND):
        facts = corrected(part.bucket, B, N)
        assert facts.log_q is not None
        batches = jax.vmap(lambda key, facts=facts: SHARED(key, facts))(keys)
        heads = np.asarray(batches.query[1])[:, 0] >= R
        for end in (0, 1):
            item, told = (np.asarray(part)[heads == end] for part in (batches.item, batches.log_q))
            own = np.eye(B, B + N, dtype=bool)
            every = np.broadcast_to(facts.log_q[end][item][:, None], told.shape)
            np.testing.assert_array_equal(told[:, ~own], every[:, ~own])
            copies = np.sum(item[:, None] == item[:, :B, None], axis=2)
            np.testing.assert_allclose(
                np.exp(told[:, own]) * copies, np.exp(every[:, own]), rtol=1e-5
            )
            mean = np.bincount(item.ravel(), minlength=len(part.rows)) / len(item)
            # A batch draws B + N times, so that the variance of a count is well below that.
            bound = 5 * np.sqrt((B + N) / len(item))
            assert np.abs(mean - np.exp(facts.log_q[end])).max() < bound


@pytest.mark.parametrize("size", [16, 64])
def test_a_corrected_softmax_learns_the_law_of_the_answers(size, key):
    law = np.array([0.7, 0.2, 0.1])
    tail = np.repeat(np.arange(3), (10 * law).astype(int)).astype(np.int32)
    facts = corrected(bucket(Triples(0 * tail + 3, 0 * tail, tail, 4, 1)), size, size)

    def loss(scores, key):
        batch = shared_entities(key, facts, 1, size, size)
        raw = scores[batch.item][None] - batch.log_q
        return jnp.where(batch.query[1][0] == 0, softmax(raw, batch.label, batch.mask), 0.0)

    def descend(scores, key):
        return scores - 0.2 * jax.grad(loss)(scores, key), scores

    start = jnp.zeros(4)
    _, path = jax.jit(lambda keys: jax.lax.scan(descend, start, keys))(jax.random.split(key, 4000))
    found = np.asarray(jax.nn.softmax(path[2000:, :3], axis=1)).mean(axis=0)
    np.testing.assert_allclose(found / found.sum(), law, atol=0.02)


def test_batches_of_a_small_type_keep_uniform_candidates(key):
    kind = np.zeros(E, np.int32)
    kind[-1] = kind[-2] = 1  # Two of nine, at the tails alone.
    rows = np.arange(7, dtype=np.int32)
    facts = Triples(rows, rows * 0, 7 + rows % 2, E, R)
    batch = jax.jit(partial(shared_entities, n_relations=R, batch_size=4, n=20))
    for n in range(8):
        found = batch(jax.random.fold_in(key, n), bucket(facts, kind))
        heads = bool(np.asarray(found.query[1])[0] >= R)
        assert (kind[np.asarray(found.item)] == (0 if heads else 1)).all()


def test_uniform_candidates_are_uniform_over_their_type(key):
    facts = bucket(FACTS)._replace(types=np.array([[4, 5]], np.int32))
    keys = jax.random.split(key, 60)
    drawn = np.asarray(jax.vmap(lambda key: LISTED(key, facts))(keys).item)[..., 1:]
    assert drawn.min() == 4 and drawn.max() == 8
    share = np.bincount(drawn.ravel() - 4) / drawn.size
    assert np.abs(share - 1 / 5).max() < 5 * np.sqrt(1 / 5 / drawn.size)


def test_padding_is_never_asked(key):
    facts = bucket(FACTS)._replace(n=np.array(3, np.int32))
    entity, relation, answer, _ = parts(LISTED(key, facts))
    heads = np.where(relation < R, entity, answer)
    assert set(heads) <= set(HEAD[:3])


def test_no_facts_and_types_of_other_entities_are_refused():
    with pytest.raises(InputError, match="no triples to train on"):
        bucket(FACTS.take(np.zeros(12, bool)))
    with pytest.raises(InputError, match="kind has 3 entries for 9 entities"):
        bucket(FACTS, np.zeros(3, int))
    with pytest.raises(InputError, match="kind has -1; number types from 0"):
        bucket(FACTS, KIND - 1)


@pytest.mark.parametrize("sample", [shared_entities, listed_entities])
def test_batches_of_no_questions_and_fewer_than_no_candidates_are_refused(sample, key):
    with pytest.raises(InputError, match="batch_size is 0; give 1 or more"):
        sample(key, bucket(FACTS), R, batch_size=0, n=4)
    with pytest.raises(InputError, match="n is -1 candidates beside the answers; give 0 or more"):
        sample(key, bucket(FACTS), R, batch_size=4, n=-1)
    with pytest.raises(InputError, match="batch_size is -2"):
        corrected(bucket(FACTS), batch_size=-2, n=4)
    none = jax.jit(partial(sample, n_relations=R, batch_size=4, n=0))(key, bucket(FACTS))
    assert np.any(none.mask, axis=1).all()
