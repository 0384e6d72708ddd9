"""Bands against a full sort of the same scores."""

import importlib

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import power_law
from jaxrec.graph import bipartite
from jaxrec.ops import items_of_items, items_of_users, prepare
from jaxrec.sampling import pagerank_bands
from tests.models.small import N_ITEMS, N_USERS, TRAIN

DRAWN = power_law(n_users=30, n_items=50, n_edges=200)
GRAPH = prepare(bipartite(DRAWN, r=0.0), "bcsr", n_users=30)


@pytest.mark.parametrize("block", [7, 256])
@pytest.mark.parametrize(
    ("items_of", "query"),
    [(items_of_users, np.arange(30)), (items_of_items, np.arange(50)[::-1])],
)
@pytest.mark.parametrize(("low", "high"), [(0, 5), (19, 20), (40, 50), (0, 50)])
def test_is_the_band_of_the_sorted_list(block, items_of, query, low, high, monkeypatch):
    monkeypatch.setattr(importlib.import_module(pagerank_bands.__module__), "BLOCK", block)
    found = pagerank_bands(items_of, GRAPH, query, 30, 50, low, high, restart=0.5, n_rounds=4)
    scores = np.asarray(items_of(GRAPH, jnp.asarray(query), 30, 50, 0.5, 4)).T
    expected = np.sort(-scores, axis=1)
    got = np.where(found >= 0, np.take_along_axis(scores, np.maximum(found, 0), axis=1), 0)
    assert found.shape == (len(query), high - low) and found.dtype == np.int32
    # Scores, not items: of equal ones either may stand in the band.
    np.testing.assert_allclose(np.sort(-got, axis=1), expected[:, low:high], rtol=1e-5)
    assert all(len(set(row[row >= 0])) == np.sum(row >= 0) for row in found)


def test_what_is_not_reached_is_padding():
    graph = prepare(bipartite(TRAIN, r=0.0), "bcsr", n_users=N_USERS)
    sizes, users = (N_USERS, N_ITEMS), np.arange(N_USERS)
    found = pagerank_bands(items_of_users, graph, users, *sizes, 0, N_ITEMS, n_rounds=1)
    assert [sorted(set(row.tolist()) - {-1}) for row in found] == [[0, 1, 2], [0], [1, 3], []]


def test_bad_input_is_refused():
    for low, high in ((3, 3), (-1, 2), (0, 51)):
        with pytest.raises(InputError, match="give 0 <= low < high <= 50"):
            pagerank_bands(items_of_users, GRAPH, np.arange(30), 30, 50, low, high)
    with pytest.raises(InputError, match="restart is 0.0"):
        pagerank_bands(items_of_items, GRAPH, np.arange(50), 30, 50, 0, 5, restart=0.0)
    for items_of, query, told in (
        (items_of_users, [30], "rows 0 to 29 and query 30 is none of them"),
        (items_of_items, [3, -1], "rows 0 to 49 and query -1 is none of them"),
        (items_of_users, [], "rows 0 to 29 and there are none"),
    ):
        with pytest.raises(InputError, match=told):
            pagerank_bands(items_of, GRAPH, np.array(query, int), 30, 50, 0, 5)
