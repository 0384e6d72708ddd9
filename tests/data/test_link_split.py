"""Links are held out in both directions at once, and a leak check finds those that are not."""

from dataclasses import replace

import numpy as np
import pytest

from jaxrec import InputError
from jaxrec.data import (
    Relation,
    check_held_links,
    hold_out_links,
    learned_links,
    split_links,
)

RNG = np.random.default_rng(0)
ENDS = np.unique(RNG.integers(0, 30, (150, 2)), axis=0).astype(np.int32)
ENDS = ENDS[ENDS[:, 0] != ENDS[:, 1]]
KNOWS = Relation("user", "user", *ENDS.T, 30, 30)
PAIRS = {frozenset(map(int, pair)) for pair in ENDS}


def pairs(relation, part):
    taken = relation.take(relation.given == part)
    return {frozenset(map(int, pair)) for pair in zip(taken.senders, taken.receivers, strict=True)}


def test_a_share_of_pairs_is_held_out_whatever_their_direction():
    held = hold_out_links(KNOWS, 0.2, seed=3)
    assert pairs(held, 2) | pairs(held, 0) == PAIRS and not pairs(held, 2) & pairs(held, 0)
    assert len(pairs(held, 2)) == round(0.2 * len(PAIRS))
    assert len(learned_links(held)) == int((held.given == 0).sum())
    assert np.array_equal(hold_out_links(KNOWS, 0.2, seed=3).given, held.given)
    assert not np.array_equal(hold_out_links(KNOWS, 0.2, seed=4).given, held.given)
    assert hold_out_links(KNOWS, 0.0) is KNOWS and learned_links(KNOWS) is KNOWS


def test_slices_hold_links_in_both_directions():
    held = hold_out_links(KNOWS, 0.2)
    split = split_links(held)
    for part, number in ((split.train, 0), (split.valid, 1), (split.test, 2)):
        found = set(zip(part.user.tolist(), part.item.tolist(), strict=True))
        expected = {tuple(pair) for pair in pairs(held, number)}
        assert found == expected | {(v, u) for u, v in expected} and len(found) == len(part)


def test_a_held_out_link_of_which_training_has_the_other_direction_is_found():
    (clean,) = check_held_links("social", hold_out_links(KNOWS, 0.2))
    assert clean.count == 0 and clean.total > 0
    ends = np.int32([0, 1, 2, 3]), np.int32([1, 0, 3, 4])
    leaking = Relation("user", "user", *ends, 5, 5, given=np.int8([0, 2, 2, 2]))
    (found,) = check_held_links("social", leaking)
    assert (found.name, found.count, found.total) == ("test_social_in_train", 1, 3)
    assert "in either direction" in found.message
    assert check_held_links("social", replace(leaking, given=None)) == []


@pytest.mark.parametrize("fraction", [1.0, -0.1, 0.001, 0.999])
def test_shares_that_leave_nothing_are_refused(fraction):
    with pytest.raises(InputError, match="share"):
        hold_out_links(KNOWS, fraction)
