"""Batches of prefixes against the sessions that they are cut from."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import next_items, session_tables
from tests.models.in_sessions import stored

N_ITEMS = 50
LISTS = [list(range(30)), [40, 41, 40], [42], [], [43, 44, 45, 46, 47, 48, 49, 43, 44, 45]]
TABLES = jax.tree.map(jnp.asarray, session_tables(stored(LISTS), max_length=20))


def drawn(n_negatives=None, n_batches=200):
    how = {"n_items": N_ITEMS, "batch_size": 6, "max_length": 20, "n_negatives": n_negatives}
    keys = jax.random.split(jax.random.key(0), n_batches)
    return jax.jit(jax.vmap(lambda key: next_items(key, TABLES, **how)))(keys)


def test_every_prefix_is_drawn_as_often_as_any_other_with_its_latest_items():
    batches = drawn()
    places = [(items, n) for items in LISTS for n in range(1, len(items))]
    expected = {(tuple(items[max(0, n - 20) : n]), items[n]) for items, n in places}
    target = np.argmax(batches.label, axis=-1).ravel()
    rows = zip(*(np.asarray(c).reshape(-1, 20) for c in batches.query), target, strict=True)
    found = [(tuple(item[mask].tolist()), int(target)) for item, mask, target in rows]
    count = {one: found.count(one) for one in set(found)}
    assert count.keys() == expected
    # Rows of a batch share their bucket: the number of batches bounds the deviation.
    mean, n = len(found) / len(expected), 200
    assert max(count.values()) < mean + 5 * mean / np.sqrt(n / 4)


def test_prefixes_of_a_batch_are_of_one_padded_width():
    length = drawn().query.mask.sum(-1)
    width = np.digitize(length, [8.5, 16.5])
    assert np.ptp(width, axis=1).max() == 0 and set(width.ravel().tolist()) == {0, 1, 2}


def test_all_items_are_candidates_with_one_target_each():
    batches = drawn(n_batches=3)
    assert batches.item.tolist() == [list(range(N_ITEMS))] * 3
    assert np.asarray(batches.mask).all() and (batches.label.sum(-1) == 1).all()


def test_drawn_negatives_are_uniform_and_never_the_target():
    batches = drawn(n_negatives=5)
    target, negative = batches.item[..., :1], batches.item[..., 1:]
    np.testing.assert_array_equal(batches.mask[..., 1:], negative != target)
    assert np.asarray(batches.mask[..., 0]).all()
    np.testing.assert_array_equal(batches.label, np.eye(6)[np.zeros((200, 6), int)])
    np.testing.assert_allclose(batches.log_q[..., 1:], np.log(5 / N_ITEMS), rtol=1e-6)
    assert not np.asarray(batches.log_q[..., 0]).any()
    count = np.bincount(np.asarray(negative).ravel(), minlength=N_ITEMS)
    mean = 200 * 6 * 5 / N_ITEMS
    assert np.abs(count - mean).max() < 5 * np.sqrt(mean)


def test_sessions_of_single_items_teach_nothing():
    with pytest.raises(InputError, match="no training session has two items"):
        session_tables(stored([[1], [2], []]), max_length=20)
    with pytest.raises(InputError, match="batch_size is 0"):
        partial(next_items, jax.random.key(0), TABLES, N_ITEMS, 0, 20)()
