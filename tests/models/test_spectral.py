"""Tables that start as singular vectors."""

import jax
import numpy as np

from jaxrec.data import Interactions
from jaxrec.graph import bipartite
from jaxrec.models import lightgcn, spectral_start
from jaxrec.ops import prepare
from tests.models.twins import D_I, D_U, M, R, U, history, power


def test_scores_start_as_the_best_approximation_of_the_matrix(key):
    rank, scale = 3, 0.2
    model = spectral_start(lightgcn(U, M, rank), history().graph, U, M, rank, scale)
    params = model.init(key)
    normal = power(D_U, -0.5) @ R @ power(D_I, -0.5)
    left, values, right = np.linalg.svd(normal)
    best = (left[:, :rank] * values[:rank]) @ right[:rank]
    scores = np.asarray(params["user"], np.float64) @ np.asarray(params["item"]).T
    np.testing.assert_allclose(
        scores / np.linalg.norm(scores), best / np.linalg.norm(best), atol=1e-4
    )
    tables = np.concatenate([params["user"], params["item"]])
    np.testing.assert_allclose(np.sqrt(np.mean(tables**2)), scale, rtol=1e-4)


def test_columns_beyond_the_rank_keep_the_models_own_numbers(key):
    plain = lightgcn(U, M, dim=10)
    params = spectral_start(plain, history().graph, U, M, dim=10).init(key)
    own = plain.init(jax.random.split(key)[0])
    np.testing.assert_array_equal(params["user"][:, M:], own["user"][:, M:])
    assert np.isfinite(params["user"]).all()


def test_of_a_matrix_of_rank_one_a_single_column_is_started(key):
    pairs = np.indices((6, 3)).reshape(2, -1).astype(np.int32)  # Six users who took the same.
    graph = prepare(bipartite(Interactions(*pairs, 6, 5)))
    plain = lightgcn(6, 5, dim=4)
    params = spectral_start(plain, graph, 6, 5, dim=4, scale=0.2).init(key)
    own = plain.init(jax.random.split(key)[0])
    for name, table in params.items():
        np.testing.assert_array_equal(table[:, 1:], own[name][:, 1:])
        assert not np.allclose(table[:, 0], own[name][:, 0])
    started = np.concatenate([params["user"], params["item"]])[:, 0]
    np.testing.assert_allclose(np.sqrt(np.mean(started**2)), 0.2, rtol=1e-4)
