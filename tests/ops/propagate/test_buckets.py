"""Padding of the buckets, whatever the degrees."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, strategies as st

from jaxrec.ops.propagate.buckets import buckets, padding
from tests.ops.propagate.graphs import assert_close


def of_degrees(degrees):
    """A matrix whose rows have these degrees."""
    indptr = np.cumsum([0, *degrees])
    within = np.arange(indptr[-1]) - np.repeat(indptr[:-1], degrees)
    data = np.ones(indptr[-1], np.float32)
    shape = len(degrees), max([1, *degrees])
    return scipy.sparse.csr_array((data, within, indptr), shape=shape)


def test_rows_of_one_degree_are_padded_by_less_than_a_fifth():
    paddings = {degree: padding(of_degrees([degree] * 3)) for degree in range(1, 201)}
    assert not {degree: found for degree, found in paddings.items() if not 1 <= found < 1.2}


@given(st.lists(st.integers(0, 200) | st.integers(0, 5000), max_size=40).filter(any))
def test_rows_of_any_degrees_are_padded_by_less_than_a_fifth(degrees):
    assert 1 <= padding(of_degrees(degrees)) < 1.2


@given(st.floats(1.2, 4), st.integers(0, 2**32 - 1))
def test_degrees_by_a_power_law_are_padded_by_less_than_a_fifth(exponent, seed):
    degrees = np.random.default_rng(seed).zipf(exponent, 300)
    assert 1 <= padding(of_degrees(np.minimum(degrees, 5000))) < 1.2


def test_rows_of_any_degree_are_summed_without_their_padding():
    matrix = of_degrees(range(70))
    rng = np.random.default_rng(0)
    matrix.data = rng.normal(size=matrix.nnz).astype(np.float32)
    x = jnp.asarray(rng.normal(size=(69, 3)), jnp.float32)
    product = jax.jit(lambda matrix, x: matrix.times(x))(buckets(matrix), x)
    assert_close(product, matrix.toarray().astype(np.float64) @ x)


@given(st.lists(st.integers(0, 80), max_size=12))
def test_padding_counts_the_slots_that_are_laid_out(degrees):
    matrix = of_degrees(degrees)
    laid = buckets(matrix)
    n_slots = sum(senders.size for senders in laid.senders)
    assert n_slots == pytest.approx(padding(matrix) * matrix.nnz)
    weight = np.concatenate([weight.ravel() for weight in laid.weight])
    assert np.sum(weight != 0) == matrix.nnz
