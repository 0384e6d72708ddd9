"""Prefixes of sessions, against slices of lists."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Sessions, all_prefixes, last_prefixes, length_buckets, pad_prefixes

LISTS = [[3, 1, 1, 2], [], [4], [0, 2], list(range(5)) * 5]
SESSIONS = Sessions(
    np.cumsum([0, *map(len, LISTS)], dtype=np.int32),
    np.concatenate(LISTS).astype(np.int32),
    np.arange(len(LISTS)),
)


def test_every_item_but_the_first_is_a_target_once():
    places = [(s, n, items[n]) for s, items in enumerate(LISTS) for n in range(1, len(items))]
    assert list(zip(*all_prefixes(SESSIONS), strict=True)) == places


def test_the_last_item_of_a_session_of_two_or_more_is_a_target():
    places = [(s, len(x) - 1, x[-1]) for s, x in enumerate(LISTS) if len(x) > 1]
    assert list(zip(*last_prefixes(SESSIONS), strict=True)) == places


@pytest.mark.parametrize("width", [1, 3, 8, 32])
def test_padded_prefixes_are_the_latest_items_in_order(width):
    prefixes = all_prefixes(SESSIONS)
    query = pad_prefixes(SESSIONS, prefixes.session, prefixes.length, width)
    assert query.item.shape == query.mask.shape == (len(prefixes.target), width)
    for item, mask, s, n in zip(*query, *prefixes[:2], strict=True):
        kept = LISTS[s][:n][-width:]
        assert item.tolist() == kept + [0] * (width - len(kept))
        assert mask.tolist() == [True] * len(kept) + [False] * (width - len(kept))


def test_prefixes_are_padded_on_the_device_as_on_the_host():
    prefixes = all_prefixes(SESSIONS)
    expected = pad_prefixes(SESSIONS, prefixes.session, prefixes.length, 3)
    on_device = jax.tree.map(jnp.asarray, (SESSIONS, prefixes.session, prefixes.length))
    found = jax.jit(partial(pad_prefixes, width=3))(*on_device)
    assert isinstance(found.item, jax.Array)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@pytest.mark.parametrize("max_length", [None, 1, 8, 12])
def test_every_prefix_is_in_the_narrowest_bucket_that_holds_it(max_length):
    prefixes = all_prefixes(SESSIONS)
    buckets = length_buckets(prefixes, max_length)
    width = np.zeros(len(prefixes.target), int)
    for one, rows in buckets.items():
        assert not width[rows].any()
        width[rows] = one
    widths = [min(w, max_length or w) for w in (8, 16, 32)]
    held = np.minimum(prefixes.length, max_length or np.inf)
    assert width.tolist() == [min(w for w in widths if w >= n) for n in held]


def test_prefixes_of_nothing_are_refused():
    with pytest.raises(InputError, match="max_length is 0 items; give 1 or more, or None"):
        length_buckets(all_prefixes(SESSIONS), 0)
