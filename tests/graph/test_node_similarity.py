"""Shared neighbors and factors of the adjacency, against dense matrices."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import adjacency_factors, shared_neighbors
from tests.ops.walked import EDGES, N

ENDS = np.array(EDGES).T
A = np.zeros((N, N))
A[tuple(ENDS)] = A[tuple(ENDS[::-1])] = 1


def test_shared_neighbors_are_counted_pair_by_pair():
    near = [set(np.flatnonzero(row)) for row in A]
    expected = [[len(near[u] & near[v]) * (u != v) for v in range(N)] for u in range(N)]
    doubled = np.concatenate([ENDS, ENDS[::-1]], axis=1)  # Both directions count once.
    for ends in (ENDS, doubled):
        np.testing.assert_array_equal(shared_neighbors(*ends, N).toarray(), expected)


@pytest.mark.parametrize("dim", [1, 3, N])
def test_factors_are_the_nearest_that_squared_error_allows(dim):
    z = adjacency_factors(*ENDS, N, dim)
    value, vector = np.linalg.eigh(A)
    kept = np.where(np.arange(N) >= N - dim, np.maximum(value, 0), 0)
    assert z.shape == (N, dim)
    np.testing.assert_allclose(z @ z.T, vector @ np.diag(kept) @ vector.T, atol=1e-6)
    slope = (z @ z.T - A) @ z  # Of the squared error, 4 times.
    np.testing.assert_allclose(slope, 0, atol=1e-6)


def test_two_cliques_with_loops_are_a_product_of_two_columns():
    cliques = np.kron(np.eye(2), np.ones((3, 3)))
    z = adjacency_factors(*np.nonzero(cliques), 6, 2)
    np.testing.assert_allclose(z @ z.T, cliques, atol=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=f"dim is 0; give 1 to {N}, the nodes"):
        adjacency_factors(*ENDS, N, 0)
    with pytest.raises(InputError, match="receivers hold 6; give 0 to 3, the nodes"):
        shared_neighbors(np.array([0]), np.array([6]), 4)
