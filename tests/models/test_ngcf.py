"""NGCF against equation 7 in dense matrices."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import bipartite
from jaxrec.models import ngcf
from jaxrec.ops import prepare
from tests.models.small import (
    DIM,
    N_ITEMS,
    N_USERS,
    TRAIN,
    assert_close,
    dense,
    stacked,
    unit,
    wide,
)

GRAPH = bipartite(TRAIN)
FORMS = {"segment_sum": prepare(GRAPH, "segment_sum"), "halves": prepare(GRAPH, "bcsr", n_users=4)}


def by_equation_7(params, n_layers, transform=True, nonlinear=True):
    laplacian, x = dense(GRAPH), stacked(params)
    blocks = [x]
    for k in range(n_layers):
        w_sum = w_product = np.eye(DIM)
        if transform:
            w_sum, w_product = (wide(params[f"layer_{k}"][name]) for name in ("sum", "product"))
        messages = (laplacian + np.eye(len(x))) @ x @ w_sum + (laplacian @ x * x) @ w_product
        x = np.where((messages > 0) | (not nonlinear), messages, 0.2 * messages)
        blocks.append(unit(x))
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("form", FORMS)
def test_equals_the_dense_equation_and_concatenates_layers(key, form):
    model = ngcf(N_USERS, N_ITEMS, DIM, n_layers=3, init_scale=1.0)
    params = model.init(key)
    reps = jax.jit(model.encode)(params, FORMS[form])
    assert reps.query.shape == (N_USERS, 4 * DIM)
    assert_close(np.concatenate(reps), by_equation_7(params, 3))


@pytest.mark.parametrize("variant", ["f", "n", "fn"])
def test_variants_leave_out_weights_or_the_nonlinearity(key, variant):
    own = {"transform": "f" not in variant, "nonlinear": "n" not in variant}
    model = ngcf(N_USERS, N_ITEMS, DIM, n_layers=2, init_scale=1.0, **own)
    params = model.init(key)
    assert set(params) == {"user", "item"} | ({"layer_0", "layer_1"} if own["transform"] else set())
    reps = jax.jit(model.encode)(params, FORMS["halves"])
    assert_close(np.concatenate(reps), by_equation_7(params, 2, **own))


def test_with_a_key_entries_of_layers_are_zeroed_at_the_given_rate_and_tables_are_not(key):
    n, rate = 2_000, 0.3
    model = ngcf(N_USERS, N_ITEMS, DIM, n_layers=2, dropout=rate)
    params = model.init(key)
    encode = jax.vmap(lambda key: model.encode(params, GRAPH, key=key))
    users = np.asarray(jax.jit(encode)(jax.random.split(key, n)).query)  # [n, U, 3 DIM]
    tables, layers = users[:, :, :DIM], users[:, :, DIM:]
    np.testing.assert_array_equal(tables, np.broadcast_to(params["user"], tables.shape))
    count = layers[:, 0].size  # A user with neighbors has no other zeros.
    deviation = np.sqrt(rate * (1 - rate) / count)
    assert abs(np.mean(layers[:, 0] == 0) - rate) < 5 * deviation


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        ngcf(N_USERS, N_ITEMS, n_layers=-1)
    with pytest.raises(InputError, match="dropout is 1.0; give 0"):
        ngcf(N_USERS, N_ITEMS, dropout=1.0)
