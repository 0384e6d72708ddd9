"""The closed form of multi-scale diffusion beside its series, and as PageRank."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import bipartite, homogeneous, walk_graph
from jaxrec.ops import diffuse, geometric_diffusion, pagerank, prepare
from tests.models.small import N_NODES, RING, TRAIN
from tests.ops.walked import ALL, END, N, exact_pagerank

X = jnp.asarray(np.random.default_rng(0).normal(size=(N_NODES, 3)), jnp.float32)


@pytest.mark.parametrize("n_scales", [3, 12])
def test_the_series_comes_within_its_bound(n_scales):
    alpha, graph = 0.6, prepare(bipartite(TRAIN, r=1.0), "bcsr")
    whole = geometric_diffusion(X, graph, alpha)
    series = diffuse(X, graph, tuple(alpha**k for k in range(n_scales + 1)))
    left = alpha ** (n_scales + 1) / (1 - alpha) * jnp.abs(X).max()
    error = jnp.abs(whole - series).max()
    assert 1e-6 < error <= left + 1e-6


def test_it_is_the_personalized_pagerank_of_a_walk_graph_without_dead_ends():
    ends = ALL[(ALL != END).all(1)]
    found = 0.2 * geometric_diffusion(jnp.eye(N), walk_graph(*ends.T, N), 0.8)
    for source in range(6):
        np.testing.assert_allclose(found[:, source], exact_pagerank(source, 0.2, ends), rtol=1e-5)
    by_power = pagerank(walk_graph(*ends.T, N), jnp.array([1, 4]), N, 0.2, n_iterations=80)
    np.testing.assert_allclose(found[:, jnp.array([1, 4])], by_power, atol=1e-6)


def test_it_passes_slow_variation_and_damps_fast_one():
    alpha, n = 0.9, np.arange(6)
    graph = homogeneous(*RING, n_nodes=6, r=1.0)
    for turns in range(4):  # Eigenvectors of a ring, with eigenvalues cos(2 pi turns / 6).
        wave = jnp.asarray(np.cos(2 * np.pi * turns * n / 6)[:, None], jnp.float32)
        response = 1 / (1 - alpha * np.cos(2 * np.pi * turns / 6))
        np.testing.assert_allclose(
            geometric_diffusion(wave, graph, alpha), response * wave, rtol=1e-4, atol=1e-5
        )


def test_an_alpha_whose_series_has_no_limit_is_refused():
    with pytest.raises(InputError, match="alpha is 1.0; give 0 or more, and less than 1"):
        geometric_diffusion(X, prepare(bipartite(TRAIN, r=1.0), "bcsr"), 1.0)
