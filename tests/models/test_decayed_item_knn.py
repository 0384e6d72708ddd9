"""Item kNN of sequences against loops over sets of sessions."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import decayed_item_knn
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, all_scores, stored

HELD = [{n for n, one in enumerate(LISTS) if item in one} for item in range(N_ITEMS)]
TRAIN = stored(LISTS)


def cosine(i, j, shrink):
    if i == j or not HELD[i] or not HELD[j]:
        return 0.0
    return len(HELD[i] & HELD[j]) / (np.sqrt(len(HELD[i]) * len(HELD[j])) + shrink)


def by_loops(one, n_last, decay, shrink):
    latest = enumerate(one[::-1][:n_last])
    weights = [(decay**back, j) for back, j in latest]
    return [sum(weight * cosine(i, j, shrink) for weight, j in weights) for i in range(N_ITEMS)]


@pytest.mark.parametrize(
    ("n_last", "decay", "shrink"), [(5, 0.7, 0.0), (2, 0.5, 3.0), (9, 1.0, 0.0)]
)
def test_scores_are_decayed_sums_of_cosines(n_last, decay, shrink):
    model = decayed_item_knn(TRAIN, N_ITEMS, n_last=n_last, decay=decay, shrink=shrink)
    expected = [by_loops(one, n_last, decay, shrink) for one in ASKED]
    np.testing.assert_allclose(all_scores(model, ASKED), expected, rtol=1e-5)


def test_the_most_similar_items_are_kept():
    scores = all_scores(decayed_item_knn(TRAIN, N_ITEMS, n_neighbors=2), [[i] for i in range(9)])
    for i, row in enumerate(scores):
        similar = np.array([cosine(i, j, 0) for j in range(N_ITEMS)])
        kept = np.flatnonzero(row)
        assert len(kept) == 2
        np.testing.assert_allclose(row[kept], similar[kept], rtol=1e-6)
        assert similar[kept].min() >= np.delete(similar, kept).max()


@pytest.mark.parametrize(
    "wrong",
    [dict(n_neighbors=0), dict(n_last=0), dict(decay=0.0), dict(decay=1.5), dict(shrink=-1.0)],
)
def test_numbers_out_of_range_are_refused(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(InputError, match=f"{name}( is)? {value}.*give 1 or more"):
        decayed_item_knn(TRAIN, N_ITEMS, **wrong)
