"""Ranks of what came next, in blocks of padded sessions against one sort."""

import chex
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.evaluate import session_ranks
from jaxrec.graph import Sessions, all_prefixes

RNG = np.random.default_rng(0)
N_ITEMS = 9
LISTS = [RNG.integers(0, N_ITEMS, n).tolist() for n in (2, 5, 1, 21, 9, 10)]
SESSIONS = Sessions(
    np.cumsum([0, *map(len, LISTS)], dtype=np.int32),
    np.concatenate(LISTS).astype(np.int32),
    np.arange(len(LISTS)),
)
PREFIXES = all_prefixes(SESSIONS)
TABLE = RNG.integers(0, 4, (N_ITEMS, N_ITEMS)).astype(np.float32)
"""Scores of items after items; many are equal."""
TIE_BREAK = RNG.integers(0, 3, N_ITEMS).astype(np.float32)


def score(reps, queries, items):
    """The sum of the rows of a session's items."""
    rows = jnp.where(queries.mask[:, :, None], reps[queries.item], 0)
    return jnp.sum(rows, axis=1)[:, items]


def by_sorting(hide_seen, tie_break, max_length=None):
    """Items above each target, and those equal to it."""
    n_above, n_tied = [], []
    for s, n, target in zip(*PREFIXES, strict=True):
        prefix = LISTS[s][:n]
        total = TABLE[prefix[-(max_length or n) :]].sum(0)
        keys = [(total[item], tie_break[item]) for item in range(N_ITEMS)]
        shown = [i for i in range(N_ITEMS) if not (hide_seen and i in prefix)]
        n_above.append(sum(keys[i] > keys[target] for i in shown))
        n_tied.append(sum(keys[i] == keys[target] for i in shown))
        if target not in shown:
            n_above[-1], n_tied[-1] = N_ITEMS, 1
    return n_above, n_tied


@pytest.mark.parametrize("hide_seen", [False, True])
@pytest.mark.parametrize("ties", [None, TIE_BREAK], ids=["chance", "tie_break"])
@pytest.mark.parametrize("max_length", [None, 6])
def test_equal_a_sort(hide_seen, ties, max_length):
    found = session_ranks(
        score,
        jnp.asarray(TABLE),
        SESSIONS,
        PREFIXES,
        N_ITEMS,
        hide_seen=hide_seen,
        tie_break=ties,
        max_length=max_length,
    )
    expected = by_sorting(hide_seen, np.zeros(N_ITEMS) if ties is None else ties, max_length)
    assert (found.n_above.tolist(), found.n_tied.tolist()) == expected


@pytest.mark.parametrize("block_size", [1, 7])
def test_blocks_change_nothing_and_tell_how_far_they_are(block_size):
    ranks = lambda **options: session_ranks(
        score, jnp.asarray(TABLE), SESSIONS, PREFIXES, N_ITEMS, **options
    )
    steps = []
    progress = lambda done, total: steps.append((done, total))
    found = ranks(block_size=block_size, on_progress=progress)
    for column, expected in zip(found, ranks(), strict=True):
        np.testing.assert_array_equal(column, expected)
    n = len(PREFIXES.target)
    assert steps[-1] == (n, n) and steps == sorted(steps)


def test_one_program_a_width_serves_all():
    once = chex.assert_max_traces(score, n=3)  # Widths 8, 16 and 32.
    for table in (TABLE, TABLE + 1):
        session_ranks(once, jnp.asarray(table), SESSIONS, PREFIXES, N_ITEMS)


def test_sessions_to_which_all_items_are_alike_are_counted():
    dull = LISTS[3][0]
    same = jnp.asarray(TABLE).at[dull].set(1)
    first = lambda reps, queries, items: reps[queries.item[:, 0]][:, items]
    found = session_ranks(first, same, SESSIONS, PREFIXES, N_ITEMS)
    begins = [LISTS[s][0] == dull for s in PREFIXES.session]
    assert found.alike.tolist() == begins and any(begins) and not all(begins)


def test_what_cannot_be_ranked_is_refused():
    table = jnp.asarray(TABLE).at[LISTS[3][0]].set(jnp.nan)
    with pytest.raises(InputError, match="scores of .* queries are NaN; train at a lower"):
        session_ranks(score, table, SESSIONS, PREFIXES, N_ITEMS)
    with pytest.raises(InputError, match="n_items is 8 but sessions hold item row 8; give more"):
        session_ranks(score, jnp.asarray(TABLE), SESSIONS, PREFIXES, N_ITEMS - 1)
    nothing = type(PREFIXES)(*(column[:0] for column in PREFIXES))
    with pytest.raises(InputError, match="no targets to rank; give sessions of two"):
        session_ranks(score, jnp.asarray(TABLE), SESSIONS, nothing, N_ITEMS)
