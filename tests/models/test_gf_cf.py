"""GF-CF against its dense formula."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import gf_cf
from tests.models.twins import D_I, D_U, QUERIES, M, R, U, history, power


@pytest.mark.parametrize("low_pass", [0.0, 0.3])
def test_scores_are_the_formula(low_pass, key):
    model = gf_cf(history(), U, M, rank=3, low_pass=low_pass)
    reps = model.encode(model.init(key), history())
    scores = model.score(reps, QUERIES, jnp.arange(M))
    normal = power(D_U, -0.5) @ R @ power(D_I, -0.5)
    v = np.linalg.svd(normal)[2][:3].T
    ideal = power(D_I, -0.5) @ v @ v.T @ power(D_I, 0.5)
    expected = R @ (normal.T @ normal + low_pass * ideal)
    np.testing.assert_allclose(scores, expected[QUERIES], rtol=1e-4, atol=1e-5)


def test_a_rank_beyond_the_matrix_is_its_own(key):
    model = gf_cf(history(), U, M, rank=100)
    assert model.init(key)["vector"].shape == (M, M)


@pytest.mark.parametrize("low_pass", [-0.1, float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_refused(low_pass):
    with pytest.raises(InputError, match=f"low_pass is {low_pass}; give a number of 0 or more"):
        gf_cf(history(), U, M, low_pass=low_pass)


def test_rank_zero_is_refused():
    with pytest.raises(InputError, match="rank is 0; give 1"):
        gf_cf(history(), U, M, rank=0)
