"""Numbered facts."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples

ROWS = lambda *numbers: np.array(numbers, np.int32)
FACTS = Triples(ROWS(0, 2, 0), ROWS(1, 0, 1), ROWS(2, 2, 1), n_entities=3, n_relations=2)


def test_numbers_are_equal_exactly_when_triples_are():
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in (3, 2, 3)])).reshape(3, -1)
    every = Triples(*grid.astype(np.int32), n_entities=3, n_relations=2)
    assert len(np.unique(every.numbers())) == 3 * 2 * 3
    np.testing.assert_array_equal(FACTS.numbers(), FACTS.take(np.ones(3, bool)).numbers())


def test_both_ways_turned_round_is_the_same_set():
    both = FACTS.both_ways()
    rows = list(zip(both.head, both.relation, both.tail, strict=True))
    turned = {(t, (r + 2) % 4, h) for h, r, t in rows}
    assert len(both) == 2 * len(FACTS) and both.n_relations == 4 and turned == set(rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((ROWS(3), ROWS(0), ROWS(0)), r"head row 3 lies outside \[0, 3\) set by n_entities=3"),
        ((ROWS(0), ROWS(2), ROWS(0)), r"relation row 2 lies outside \[0, 2\) set by n_relations=2"),
        ((ROWS(0), ROWS(0), ROWS(-1)), r"tail row -1 lies outside \[0, 3\)"),
    ],
)
def test_rows_outside_their_range_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        Triples(*rows, n_entities=3, n_relations=2)
