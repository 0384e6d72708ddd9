"""What training draws, for every law of candidates and of positives, against chances by hand."""

import functools

import jax
import numpy as np
import pytest

from jaxrec.graph import user_items
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.model_options import options_of
from jaxrec.tasks.ranking import candidates
from tests.cli.wired import LIKES, N_ITEMS, N_USERS, TRAIN
from tests.sampling.small import assert_frequency

SIZE, N_BATCHES = int(LIKES.sum()), 250
DEGREE, HELD = LIKES.sum(1), LIKES.sum(0)
PAIR = {
    "user": LIKES / np.maximum(DEGREE, 1)[:, None] / np.sum(DEGREE > 0),
    "interaction": LIKES / LIKES.sum(),
}
"""Chance of a query's user and positive."""
LAWS = {
    "uniform": {"negatives": 3},
    "popularity": {"negatives": 3, "popularity_power": 2.0},
    "band": {"negatives": 3, "band": (1, 4)},
    "shared": {"negatives": 20},
    "in_batch": {},
    "all": {},
}


@functools.cache
def drawn(law, sampler="user", **own):
    """Many batches, ``[N_BATCHES, SIZE, ...]``."""
    settings = options_of("mf", candidates=law, sampler=sampler, batch_size=999, **LAWS[law] | own)
    tables = candidates.tables(settings, TRAIN, user_items(TRAIN))
    sample = candidates.sampler(settings, N_ITEMS)
    batch = many(sample, tables)
    assert batch.query.shape == (N_BATCHES, SIZE)  # As many as there are pairs, and no more.
    return batch


@functools.partial(jax.jit, static_argnums=0)
def _drawn(sample, keys, tables):
    return jax.lax.map(lambda key: sample(key, tables), keys)


def many(sample, tables):
    keys = jax.random.split(jax.random.key(1), N_BATCHES)
    return jax.tree.map(np.asarray, _drawn(sample, keys, tables))


def positives_of(law, batch):
    if law == "all":
        return np.argmax(batch.label, axis=2)
    return batch.item[:, :SIZE] if law in candidates.SHARED else batch.item[:, :, 0]


@pytest.mark.parametrize("sampler", PAIR)
@pytest.mark.parametrize("law", LAWS)
def test_positives_are_drawn_by_the_sampler_whatever_the_candidates(law, sampler):
    batch = drawn(law, sampler)
    pairs = batch.query * N_ITEMS + positives_of(law, batch)
    count = np.bincount(pairs.ravel(), minlength=N_USERS * N_ITEMS)
    for number, chance in zip(count, PAIR[sampler].ravel(), strict=True):
        assert_frequency(number, pairs.size, chance)


def assert_negatives(batch, chance):
    """Of each user, how often each item stood in a column and was valid, by ``chance [U, I]``."""
    for user in np.flatnonzero(DEGREE):
        rows = batch.query == user
        item, valid = batch.item[rows][:, 1:], batch.mask[rows][:, 1:]
        for number in range(N_ITEMS):
            assert_frequency(np.sum(valid & (item == number)), item.size, chance[user, number])


def absent_by(weight):
    mass = np.where(LIKES > 0, 0, weight)
    return mass / mass.sum(1, keepdims=True)


@pytest.mark.parametrize("sampler", PAIR)
def test_uniform_negatives_are_uniform_over_what_the_user_does_not_have(sampler):
    batch = drawn("uniform", sampler)
    assert batch.item.shape == (N_BATCHES, SIZE, 1 + 3)
    assert_negatives(batch, absent_by(1.0))
    assert batch.log_q is None
    np.testing.assert_array_equal(batch.label[0, 0], [1, 0, 0, 0])


def test_popular_negatives_are_by_the_power_of_the_option():
    failed = (LIKES * HELD**2).sum(1) / np.sum(HELD**2)  # A draw that the user has.
    expected = absent_by(HELD**2) * (1 - failed**4)[:, None]  # Four tries, then masked.
    assert_negatives(drawn("popularity"), expected)


def dense_pagerank():
    """Of every user over items, at distances of one walk, of three, ..., ten of them."""
    there = LIKES / np.maximum(DEGREE, 1)[:, None]
    back = (LIKES / np.maximum(HELD, 1)).T
    mass, rank = there, np.zeros_like(there)
    for _ in range(10):
        rank, mass = rank + mass, 0.85**2 * mass @ back @ there
    return rank


def in_band(low, high):
    """Whether a rank of PageRank, from 0, lies in the band, and the item is not the user's."""
    rank = np.argsort(np.argsort(-dense_pagerank(), axis=1), axis=1)
    reached = dense_pagerank() > 0
    return (rank >= low) & (rank < high) & reached & (LIKES == 0)


def test_negatives_of_a_band_are_uniform_over_its_ranks_and_masked_where_the_user_has_them():
    rank = dense_pagerank()
    apart = -np.diff(-np.sort(-rank, axis=1)[DEGREE > 0], axis=1)[:, [0, 3]]
    assert (apart > 1e-3).all()  # No tie at the ends of the band.
    assert in_band(1, 4).sum() >= 4
    assert_negatives(drawn("band"), in_band(1, 4) / 3)


def test_a_curriculum_draws_uniformly_and_hard_ones_in_the_last_columns_by_epoch():
    settings = options_of("mf", candidates="band", curriculum=2, band=(1, 4), negatives=4)
    tables = candidates.tables(settings, TRAIN, user_items(TRAIN))
    sample = candidates.sampler(settings, N_ITEMS)
    for epoch, hard in ((1, []), (2, [3]), (9, [3, 4])):
        batch = many(sample, tables._replace(epoch=np.int32(epoch)))
        for columns, chance in (([1, 2], absent_by(1.0)), (hard, in_band(1, 4) / 3)):
            of = lambda array, columns=columns: array[..., [0, *columns]]
            assert_negatives(batch._replace(item=of(batch.item), mask=of(batch.mask)), chance)
        assert not batch.mask[..., 3 + len(hard) :].any()


def test_shared_negatives_are_uniform_over_all_items_popular_or_not():
    batch = drawn("shared", popularity_power=3.0)
    shared = batch.item[:, SIZE:]
    assert shared.shape == (N_BATCHES, 20)
    for number in range(N_ITEMS):
        assert_frequency(np.sum(shared == number), shared.size, 1 / N_ITEMS)


@pytest.mark.parametrize("law", ["shared", "in_batch", "all"])
def test_a_query_sees_its_own_positive_and_shared_items_that_its_user_does_not_have(law):
    batch = drawn(law)
    n_more = {"shared": 20, "in_batch": 0, "all": None}[law]
    for n in range(20):
        query, item = batch.query[n], batch.item[n]
        if law == "all":
            assert item.tolist() == list(range(N_ITEMS))
            own = item[None] == positives_of(law, batch)[n][:, None]
        else:
            assert len(item) == SIZE + n_more
            own = np.eye(SIZE, len(item), dtype=bool)
        expected = own | (LIKES[query][:, item] == 0)
        np.testing.assert_array_equal(batch.mask[n], expected)
        positive = item[None] == positives_of(law, batch)[n][:, None]
        np.testing.assert_array_equal(batch.label[n][expected], positive[expected])


@pytest.mark.parametrize(
    ("law", "sampler", "log_q"),
    [
        ("uniform", "user", 0.4),
        ("popularity", "interaction", 0.4),
        ("shared", "user", 1.0),
        ("shared", "interaction", 0.4),
        ("in_batch", "user", 0.4),
        ("in_batch", "interaction", 1.0),
    ],
)
def test_softmax_corrects_for_how_often_candidates_are_expected_by_the_share_of_log_q(
    law, sampler, log_q
):
    """In lists N draws of a query; in a batch the other queries' positives and N shared draws."""
    batch = drawn(law, sampler, loss="softmax", log_q=log_q)
    if law in candidates.SHARED:
        expected = (SIZE - 1) * PAIR[sampler].sum(0) + LAWS[law].get("negatives", 0) / N_ITEMS
        expected = np.broadcast_to(expected[batch.item][:, None], batch.mask.shape)
        own = np.broadcast_to(np.eye(*batch.mask.shape[1:], dtype=bool), batch.mask.shape)
    else:
        if law == "uniform":
            expected = 3 / (N_ITEMS - DEGREE)[:, None] * np.ones(N_ITEMS)
        else:
            chance = HELD**2 / np.sum(HELD**2)
            failed = (LIKES * chance).sum(1, keepdims=True)
            expected = 3 * chance * (1 + failed + failed**2 + failed**3)
        expected = expected[batch.query[..., None], batch.item]
        own = np.zeros(batch.mask.shape, bool)
        own[..., 0] = True
    counts = batch.mask & ~own
    assert counts.any()
    np.testing.assert_allclose(
        batch.log_q[counts], log_q * np.log(expected[counts]), rtol=1e-4, atol=1e-6
    )
    assert not batch.log_q[own].any()


def test_all_candidates_and_losses_on_differences_are_not_corrected():
    assert drawn("all", loss="softmax").log_q is None
    for law in ("uniform", "popularity", "shared", "in_batch"):
        assert drawn(law, loss="binary").log_q is None


def test_an_epoch_has_a_step_a_batch_or_as_many_as_steps_says():
    for own, expected in (({"batch_size": 5}, 3), ({"batch_size": 999}, 1), ({"steps": 7}, 7)):
        training = build_training(options_of("mf", dim=2, **own), TRAIN)
        assert training.n_steps == expected
        assert training.mesh is None
