"""Item kNN against a loop over items."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import item_knn
from jaxrec.ops import tie_rank
from tests.models.twins import D_I, QUERIES, M, R, U, history


@pytest.mark.parametrize(("n_neighbors", "shrink"), [(3, 0.0), (100, 0.0), (3, 2.5)])
def test_scores_are_sums_of_cosines_with_the_nearest(n_neighbors, shrink, key):
    graph = history(weights=False)
    model = item_knn(graph, U, M, n_neighbors, shrink)
    reps = model.encode(model.init(key), graph)
    both, norm = R.T @ R, np.sqrt(np.outer(D_I, D_I)) + shrink
    cosine = np.where(both > 0, both / np.maximum(norm, 1e-9), 0) * (1 - np.eye(M))
    kept = np.zeros((M, M))
    for item in range(M):
        near = np.lexsort((tie_rank(np.arange(M)), -cosine[item]))[:n_neighbors]
        kept[item, near] = cosine[item, near]
    scores = model.score(reps, QUERIES, jnp.arange(M))
    np.testing.assert_allclose(scores, (R @ kept.T)[QUERIES], rtol=1e-5, atol=1e-6)


def test_no_neighbors_are_refused():
    with pytest.raises(InputError, match="n_neighbors is 0"):
        item_knn(history(), U, M, n_neighbors=0)
    with pytest.raises(InputError, match="shrink inf"):
        item_knn(history(), U, M, shrink=float("inf"))
