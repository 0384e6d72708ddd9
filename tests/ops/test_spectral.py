"""Singular vectors by propagation against a dense decomposition."""

import numpy as np
import pytest

from jaxrec.ops import right_singular_vectors
from tests.models.twins import D_I, D_U, M, R, U, history, power


@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum"])
def test_vectors_and_values_are_the_leading_ones(formulation, key):
    vectors, values = right_singular_vectors(key, history(formulation=formulation).graph, U, M, 3)
    _, expected, right = np.linalg.svd(power(D_U, -0.5) @ R @ power(D_I, -0.5))
    np.testing.assert_allclose(values, expected[:3], rtol=1e-5)
    turned = np.abs(right[:3] @ np.asarray(vectors, np.float64))  # Signs are free.
    np.testing.assert_allclose(turned, np.eye(3), atol=1e-3)
