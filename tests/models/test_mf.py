"""Matrix factorization."""

import jax.numpy as jnp
import numpy as np

from jaxrec.models import mf


def test_encodes_to_its_tables(key):
    model = mf(n_users=3, n_items=4, dim=5)
    params = model.init(key)
    reps = model.encode(params, None)
    np.testing.assert_array_equal(reps.query, params["user"])
    np.testing.assert_array_equal(reps.item, params["item"])


def test_scores_are_inner_products_of_table_rows(key):
    model = mf(n_users=3, n_items=4, dim=5)
    params = model.init(key)
    scores = model.score(model.encode(params, None), jnp.array([2, 0]), jnp.array([1, 3]))
    expected = np.asarray(params["user"])[[2, 0]] @ np.asarray(params["item"])[[1, 3]].T
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_tables_begin_normal_with_the_given_deviation(key):
    n, scale = 200 * 50, 0.3
    params = mf(n_users=200, n_items=200, dim=50, init_scale=scale).init(key)
    for table in (np.asarray(params["user"]), np.asarray(params["item"])):
        assert table.shape == (200, 50)
        assert abs(table.mean()) < 5 * scale / np.sqrt(n)  # Five standard errors.
        assert abs(table.std() / scale - 1) < 5 / np.sqrt(2 * n)
    assert (params["user"] != params["item"]).all()
