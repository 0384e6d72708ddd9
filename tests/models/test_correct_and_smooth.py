"""Correct and smooth against its iterations in dense matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import homogeneous
from jaxrec.models import correct_and_smooth
from jaxrec.ops import prepare
from tests.models.small import RING, assert_close, dense

GRAPH = homogeneous(*RING, n_nodes=6)
RNG = np.random.default_rng(0)
SHARE = RNG.dirichlet(np.ones(3), size=6)
KNOWN, LABEL = np.array([0, 2]), np.array([1, 2])


def by_iterations(share, s, alphas, scale, n_iterations=50):
    true = np.eye(3)[LABEL]
    first = np.zeros((6, 3))
    first[KNOWN] = true - share[KNOWN]
    error = first
    for _ in range(n_iterations):
        error = (1 - alphas[0]) * first + alphas[0] * s @ error
        if scale is not None:
            error[KNOWN] = first[KNOWN]
    if scale is None:
        size = np.abs(first[KNOWN]).sum() / len(KNOWN)
        for node in range(6):
            error[node] *= size / np.abs(error[node]).sum()
    first = share + (1 if scale is None else scale) * error
    first[KNOWN] = true
    smooth = first
    for _ in range(n_iterations):
        smooth = (1 - alphas[1]) * first + alphas[1] * s @ smooth
    return smooth


@pytest.mark.parametrize("scale", [None, 0.7], ids=["autoscale", "fixed"])
def test_equals_the_iterations_in_dense_matrices(scale):
    graph = prepare(GRAPH, "bcsr")
    arrays = jnp.asarray(SHARE, jnp.float32), graph, jnp.asarray(KNOWN), jnp.asarray(LABEL)
    repair = jax.jit(lambda *arrays: correct_and_smooth(*arrays, 0.9, 0.6, scale))
    assert_close(repair(*arrays), by_iterations(SHARE, dense(GRAPH), (0.9, 0.6), scale))


def test_two_known_nodes_label_the_two_cliques_they_are_in():
    ends = np.nonzero(np.kron(np.eye(2), 1 - np.eye(4)))
    share = jnp.full((8, 2), 0.5).at[:, 0].add(0.1).at[:, 1].add(-0.1)  # All would be 0.
    found = correct_and_smooth(
        share, homogeneous(*ends, n_nodes=8), jnp.array([0, 7]), jnp.array([0, 1])
    )
    assert jnp.argmax(found, axis=1).tolist() == [0] * 4 + [1] * 4


def test_nodes_that_no_error_reaches_keep_what_the_model_says():
    share = jnp.array([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8], [0.2, 0.8]])
    graph = homogeneous(np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2]), n_nodes=4)
    found = correct_and_smooth(share, graph, jnp.array([0]), jnp.array([1]))
    assert_close(found[2:], share[2:])


def test_weights_out_of_range_are_refused():
    with pytest.raises(InputError, match="alpha_smooth is 1.5; give 0 to 1"):
        correct_and_smooth(
            jnp.ones((6, 3)) / 3, GRAPH, jnp.asarray(KNOWN), jnp.asarray(LABEL), 0.8, 1.5
        )
