"""Bands by counts of visits."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import bipartite
from jaxrec.ops import ImportanceNeighbors, items_of_items, prepare
from jaxrec.sampling import item_neighbors, pagerank_bands, visit_bands
from tests.models.small import N_ITEMS, N_USERS, TRAIN


def test_a_band_is_a_slice_of_the_visited_and_minus_one_where_nobody_was():
    sender = np.array([[4, 2, 3, 1], [0, 2, 0, 0]], np.int32)
    weight = np.array([[0.4, 0.3, 0.2, 0.1], [0.5, 0.5, 0, 0]], np.float32)
    found = visit_bands(ImportanceNeighbors(sender, weight), 1, 3)
    assert found.dtype == np.int32 and found.tolist() == [[2, 3], [2, -1]]
    with pytest.raises(InputError, match="give 0 <= low < high <= 4"):
        visit_bands(ImportanceNeighbors(sender, weight), 1, 5)


def test_with_many_walks_it_reaches_what_pagerank_reaches_in_its_order(key):
    table = item_neighbors(key, TRAIN, width=4, n_walks=2_000, length=11, restart=0.5)
    by_visits = visit_bands(table, 0, 4)
    graph = prepare(bipartite(TRAIN, r=0.0), "bcsr", n_users=N_USERS)
    by_rank = pagerank_bands(
        items_of_items, graph, np.arange(N_ITEMS), N_USERS, N_ITEMS, 0, 5, restart=0.5
    )
    scores = np.asarray(items_of_items(graph, jnp.arange(N_ITEMS), N_USERS, N_ITEMS, 0.5, 10)).T
    for item in range(4):  # Nobody has item 4.
        reached = {int(other) for other in by_rank[item] if other >= 0} - {item}
        assert {int(other) for other in by_visits[item] if other >= 0} == reached
        ranked = scores[item][by_visits[item][by_visits[item] >= 0]]
        assert (np.diff(ranked) < 0.02).all()  # Counts of 10,000 visits are off by less.
    assert (by_visits[4] == -1).all()
