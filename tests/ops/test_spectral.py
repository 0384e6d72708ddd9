"""Singular vectors by propagation against a dense decomposition."""

import numpy as np
import pytest

from jaxrec.data import Interactions
from jaxrec.graph import bipartite
from jaxrec.ops import prepare, right_singular_vectors, spectral

WIDE = np.random.default_rng(0).random((7, 9)) < 0.5


@pytest.mark.parametrize("exact", [0, 7], ids=["iterated", "exact"])
@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum"])
@pytest.mark.parametrize("likes", [WIDE, WIDE.T], ids=["more items", "more users"])
def test_vectors_and_values_are_the_leading_ones(likes, formulation, exact, key, monkeypatch):
    monkeypatch.setattr(spectral, "EXACT", exact)
    (n_users, n_items), pairs = likes.shape, np.nonzero(likes)
    train = Interactions(*(side.astype(np.int32) for side in pairs), n_users, n_items)
    graph = prepare(bipartite(train), formulation, n_users=n_users)
    vectors, values = right_singular_vectors(key, graph, n_users, n_items, 3)
    of_users, of_items = likes.sum(1, keepdims=True), likes.sum(0, keepdims=True)
    _, expected, right = np.linalg.svd(likes / np.sqrt(of_users * of_items))
    np.testing.assert_allclose(values, expected[:3], rtol=1e-5)
    turned = np.abs(right[:3] @ np.asarray(vectors, np.float64))  # Signs are free.
    np.testing.assert_allclose(turned, np.eye(3), atol=1e-3)
