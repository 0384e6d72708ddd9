"""Bands against a full sort of the same scores."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import power_law
from jaxrec.graph import bipartite
from jaxrec.ops import items_of_items, items_of_users, prepare
from jaxrec.sampling import item_bands, pagerank_bands, user_bands
from tests.models.small import N_ITEMS, N_USERS, TRAIN

DRAWN = power_law(n_users=30, n_items=50, n_edges=200)
GRAPH = prepare(bipartite(DRAWN, r=0.0), "bcsr", n_users=30)


@pytest.mark.parametrize("block", [7, 256])
@pytest.mark.parametrize(
    ("bands", "items_of", "n"), [(user_bands, items_of_users, 30), (item_bands, items_of_items, 50)]
)
@pytest.mark.parametrize(("low", "high"), [(0, 5), (19, 20), (40, 50), (0, 50)])
def test_is_the_band_of_the_sorted_list(block, bands, items_of, n, low, high, monkeypatch):
    monkeypatch.setattr(pagerank_bands, "BLOCK", block)
    found = bands(GRAPH, 30, 50, low, high, restart=0.5, n_rounds=4)
    scores = np.asarray(items_of(GRAPH, jnp.arange(n), 30, 50, 0.5, 4)).T
    expected = np.sort(-scores, axis=1)
    got = np.where(found >= 0, np.take_along_axis(scores, np.maximum(found, 0), axis=1), 0)
    assert found.shape == (n, high - low) and found.dtype == np.int32
    # Scores, not items: of equal ones either may stand in the band.
    np.testing.assert_allclose(np.sort(-got, axis=1), expected[:, low:high], rtol=1e-5)
    assert all(len(set(row[row >= 0])) == np.sum(row >= 0) for row in found)


def test_what_is_not_reached_is_padding():
    graph = prepare(bipartite(TRAIN, r=0.0), "bcsr", n_users=N_USERS)
    found = user_bands(graph, N_USERS, N_ITEMS, 0, N_ITEMS, n_rounds=1)
    assert [sorted(set(row.tolist()) - {-1}) for row in found] == [[0, 1, 2], [0], [1, 3], []]


def test_bad_input_is_refused():
    for low, high in ((3, 3), (-1, 2), (0, 51)):
        with pytest.raises(InputError, match="give 0 <= low < high <= 50"):
            user_bands(GRAPH, 30, 50, low, high)
    with pytest.raises(InputError, match="restart is 0.0"):
        item_bands(GRAPH, 30, 50, 0, 5, restart=0.0)
