"""Products with sparse features against dense ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse

from jaxrec.base import InputError
from jaxrec.ops import dropout, sparse, sparse_matmul

RNG = np.random.default_rng(0)
DENSE = np.where(RNG.random((6, 9)) < 0.3, RNG.normal(size=(6, 9)), 0).astype(np.float32)
DENSE[2], DENSE[:, 4] = 0, 0
X = sparse(scipy.sparse.csr_array(DENSE))
TABLE = jnp.asarray(RNG.normal(size=(9, 3)), jnp.float32)


def test_the_product_and_its_gradients_are_those_of_the_dense_matrix():
    total = lambda value, table: jnp.sum(jnp.sin(sparse_matmul(X._replace(value=value), table)))
    densely = lambda x, table: jnp.sum(jnp.sin(x @ table))
    assert X.shape == DENSE.shape
    np.testing.assert_allclose(
        jax.jit(sparse_matmul)(X, TABLE), DENSE @ TABLE, rtol=1e-5, atol=1e-6
    )
    to_value, to_table = jax.jit(jax.grad(total, (0, 1)))(X.value, TABLE)
    to_x, expected = jax.grad(densely, (0, 1))(jnp.asarray(DENSE), TABLE)
    np.testing.assert_allclose(to_table, expected, rtol=1e-5, atol=1e-6)
    entries = to_x[X.edges.receivers, X.edges.senders]
    np.testing.assert_allclose(to_value, entries, rtol=1e-5, atol=1e-6)


def test_a_dense_matrix_is_multiplied_as_ever():
    np.testing.assert_array_equal(
        sparse_matmul(jnp.asarray(DENSE), TABLE), jnp.asarray(DENSE) @ TABLE
    )


def test_dropout_zeroes_or_scales_entries_and_leaves_their_places(key):
    dropped = dropout(X, 0.5, key)
    kept = np.asarray(dropped.value) != 0
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_allclose(dropped.value[kept], 2 * X.value[kept], rtol=1e-6)
    np.testing.assert_array_equal(dropped.edges.senders, X.edges.senders)
    np.testing.assert_array_equal(dropout(X, 0.5, None).value, X.value)


def test_a_table_of_another_width_is_refused():
    with pytest.raises(InputError, match="8 rows given"):
        sparse_matmul(X, TABLE[:8])
