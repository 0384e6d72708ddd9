"""Tables that start as singular vectors."""

import jax
import numpy as np

from jaxrec.models import lightgcn, spectral_start
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
