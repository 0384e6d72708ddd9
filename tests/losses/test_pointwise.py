"""Pointwise losses by their formulas."""

import jax.numpy as jnp
import numpy as np

from jaxrec.losses import binary_cross_entropy


def test_binary_is_the_mean_cross_entropy():
    scores = np.array([[2.0, -1.0], [0.5, 3.0]], np.float32)
    labels = np.array([[1.0, 0.0], [0.25, 1.0]], np.float32)
    where = np.array([[True, True], [True, False]])
    p = 1 / (1 + np.exp(-scores.astype(np.float64)))
    entropy = -(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    loss = binary_cross_entropy(*map(jnp.asarray, (scores, labels, where)))
    np.testing.assert_allclose(loss, entropy[where].sum() / 3, rtol=1e-6)
