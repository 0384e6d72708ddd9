"""Important neighbors of all items."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.sampling import item_neighbors, neighborhoods

USER = np.array([0, 0, 0, 1, 1, 2], np.int32)
ITEM = np.array([0, 1, 2, 3, 4, 5], np.int32)  # Nobody has item 6; item 5 shares its user.
TRAIN = Interactions(USER, ITEM, n_users=3, n_items=7)


def test_neighbors_are_items_that_share_a_user(key):
    sender, weight = item_neighbors(key, TRAIN, width=3, n_walks=50)
    near = [set(np.asarray(row)[share > 0]) for row, share in zip(sender, weight, strict=True)]
    assert near == [{1, 2}, {0, 2}, {0, 1}, {4}, {3}, set(), set()]
    np.testing.assert_allclose(weight.sum(axis=1), [1, 1, 1, 1, 1, 0, 0], rtol=1e-6)


def test_weights_are_shares_of_visits(key):
    n_walks = 4_000
    _, weight = item_neighbors(key, TRAIN, width=2, n_walks=n_walks, length=3, restart=0.0)
    # Two steps from item 0 end at 1 and 2 alike; of n that do, the larger share is within a bound.
    n = n_walks * 2 / 3
    assert abs(weight[0, 0] - 1 / 2) < 5 * np.sqrt(1 / 4 / (n - 5 * np.sqrt(n)))


def test_blocks_serve_all_items(key, monkeypatch):
    monkeypatch.setattr(neighborhoods, "BLOCK", 3)
    sender, weight = item_neighbors(key, TRAIN, width=2, n_walks=50)
    assert sender.shape == weight.shape == (7, 2)
    assert [set(np.asarray(row)) for row in sender[:3]] == [{1, 2}, {0, 2}, {0, 1}]
    assert sender[3, 0] == 4 and sender[4, 0] == 3


def test_no_interactions_are_refused(key):
    with pytest.raises(InputError, match="no edges"):
        item_neighbors(key, TRAIN.take(np.zeros(6, bool)))
