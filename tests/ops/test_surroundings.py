"""Trees of entities, and labels that come up them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data import Triples
from jaxrec.graph import NeighborTable, neighbor_table
from jaxrec.ops import held_out_labels, receptive_field, relation_attention

N = 5
CHAIN = Triples(
    np.arange(N - 1, dtype=np.int32),
    np.zeros(N - 1, np.int32),
    np.arange(1, N, dtype=np.int32),
    N,
    1,
)


@partial(jax.jit, static_argnames="n_levels")
def labels(chain, roots, n_levels):
    """What comes up the chain whose ends are labeled."""
    seen = receptive_field(chain, roots, n_levels)
    weight = relation_attention(jnp.zeros(1), seen)
    value = [jnp.where(e == 0, 0.0, jnp.where(e == N - 1, 1.0, 0.5)) for e in seen.entity]
    fixed = [(e == 0) | (e == N - 1) for e in seen.entity]
    return held_out_labels(value, fixed, weight, seen.mask)


@pytest.mark.parametrize("n_levels", [1, 2, 3, 5])
def test_rounds_over_a_tree_are_rounds_over_the_graph(n_levels):
    found = labels(neighbor_table(CHAIN, 2, pad=True), np.arange(N), n_levels)
    value = np.array([0.0, 0.5, 0.5, 0.5, 1.0])
    for _ in range(n_levels):
        value[1:-1] = (value[:-2] + value[2:]) / 2
    np.testing.assert_allclose(found, value, rtol=1e-6)


def test_labels_converge_to_the_harmonic_solution_of_a_chain():
    found = labels(neighbor_table(CHAIN, 2, pad=True), np.array([1, 2, 3]), n_levels=10)
    # Errors shrink by cos(pi / (N - 1)) a round.
    np.testing.assert_allclose(found, [0.25, 0.5, 0.75], atol=0.25 * np.cos(np.pi / 4) ** 10)


def test_entities_without_facts_keep_their_label():
    no, none = np.zeros((N, 2), np.int32), np.zeros((N, 2), bool)
    empty = NeighborTable(no, no, none, none)
    np.testing.assert_array_equal(labels(empty, np.arange(N), 3), [0, 0.5, 0.5, 0.5, 1])


def test_a_level_holds_the_neighbors_of_the_one_before():
    table = neighbor_table(CHAIN, 2, pad=True)
    seen = jax.tree.map(np.asarray, receptive_field(table, jnp.array([2, 0]), 2))
    assert [e.shape for e in seen.entity] == [(2,), (2, 2), (2, 2, 2)]
    np.testing.assert_array_equal(seen.entity[1][0], [1, 3])
    np.testing.assert_array_equal(seen.entity[2][0], [[0, 2], [2, 4]])
    np.testing.assert_array_equal(seen.mask[1][1][0], [True, True])


def test_the_mean_divides_by_the_facts_there_are():
    seen = receptive_field(neighbor_table(CHAIN, 4, pad=True), jnp.array([0, 2]), 1)
    both = jax.jit(
        lambda: [relation_attention(jnp.zeros(1), seen, divide) for divide in (False, True)]
    )
    (weight,), (mean,) = both()
    np.testing.assert_allclose(np.sum(weight, -1), [1, 1], rtol=1e-6)
    np.testing.assert_allclose(np.sum(mean, -1), [1, 1 / 2], rtol=1e-6)
