"""Objectives by their formulas."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch
from jaxrec.losses import bpr, softmax
from jaxrec.models import mf
from jaxrec.train import l2_params, l2_rows, objective, rank

MODEL = mf(n_users=4, n_items=5, dim=3)
PARAMS = MODEL.init(jax.random.key(0))
BATCH = Batch(
    query=jnp.array([3, 0]),
    item=jnp.array([[1, 2, 4], [0, 3, 3]]),
    label=jnp.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]),
    mask=jnp.array([[True, True, False], [True, True, True]]),
)
KEY = jax.random.key(1)


def test_rank_scores_the_candidates_of_the_batch():
    reps = MODEL.encode(PARAMS, None)
    scores = jnp.einsum("bd,bcd->bc", PARAMS["user"][BATCH.query], PARAMS["item"][BATCH.item])
    expected = bpr(scores, BATCH.label, BATCH.mask)
    np.testing.assert_allclose(rank(MODEL, bpr)(PARAMS, reps, BATCH), expected, rtol=1e-6)


@pytest.mark.parametrize("listed", [True, False])
def test_rank_subtracts_log_q_from_the_scores_where_there_is_one(listed):
    log_q = jnp.array([[0.0, -1.0, 0.5], [0.0, 2.0, 1.0]])
    reps = MODEL.encode(PARAMS, None)
    scores = MODEL.score(reps, BATCH.query, BATCH.item)
    expected = softmax(scores - log_q, BATCH.label, BATCH.mask)
    batch = BATCH._replace(log_q=log_q)
    if not listed:  # Shared by the queries, as candidates may be.
        expected = softmax(scores - jnp.stack([log_q[1]] * 2), BATCH.label, BATCH.mask)
        batch = BATCH._replace(log_q=log_q[1])
    found = rank(MODEL, softmax)(PARAMS, reps, batch)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    plain = rank(MODEL, softmax)(PARAMS, reps, BATCH)
    np.testing.assert_allclose(plain, softmax(scores, BATCH.label, BATCH.mask), rtol=1e-6)


def test_the_loss_is_the_weighted_sum_and_metrics_are_not_weighted():
    terms = {"rank": rank(MODEL, bpr), "l2": l2_rows, "three": lambda *_: jnp.array(3.0)}
    weights = {"rank": 1.0, "l2": 1e-2, "three": -0.5}
    reps = MODEL.encode(PARAMS, None)
    values = {name: float(term(PARAMS, reps, BATCH)) for name, term in terms.items()}
    loss_fn = objective(MODEL, **{name: (weights[name], terms[name]) for name in terms})
    loss, metrics = loss_fn(PARAMS, None, BATCH, KEY)
    np.testing.assert_allclose(loss, sum(weights[name] * values[name] for name in terms), rtol=1e-6)
    assert metrics.keys() == {"loss", *terms}
    for name, value in {"loss": loss, **values}.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-6)


def test_the_graph_is_encoded_once_however_many_terms_there_are():
    keys = []

    def encode(params, graph, *, key=None):
        keys.append(key)
        return MODEL.encode(params, graph)

    model = MODEL._replace(encode=encode)
    term = (1.0, rank(model, bpr))
    jax.grad(objective(model, a=term, b=term, c=term), has_aux=True)(PARAMS, None, BATCH, KEY)
    assert len(keys) == 1
    assert keys[0] is KEY


def test_no_terms_give_zero():
    loss, metrics = objective(MODEL)(PARAMS, None, BATCH, KEY)
    assert loss == 0
    assert metrics.keys() == {"loss"}


def squared(name, row):
    return float(np.sum(np.asarray(PARAMS[name][row], np.float64) ** 2))


def test_l2_is_half_the_squared_norm_of_unmasked_rows_per_query():
    first = squared("user", 3) + squared("item", 1) + squared("item", 2)
    second = squared("user", 0) + squared("item", 0) + 2 * squared("item", 3)
    np.testing.assert_allclose(l2_rows(PARAMS, None, BATCH), (first + second) / 2 / 2, rtol=1e-6)


def test_l2_counts_shared_candidates_once_unless_nobody_sees_them():
    mask = jnp.array([[True, True, False], [True, False, False]])
    shared = BATCH._replace(item=jnp.array([1, 0, 4]), mask=mask)
    users, items = squared("user", 3) + squared("user", 0), squared("item", 1) + squared("item", 0)
    np.testing.assert_allclose(l2_rows(PARAMS, None, shared), (users + items) / 2 / 2, rtol=1e-6)


def test_l2_ignores_padding_and_is_zero_of_nothing():
    extend = partial(jnp.pad, mode="constant")
    padded = Batch(
        query=extend(BATCH.query, (0, 2)),
        item=extend(BATCH.item, ((0, 2), (0, 1))),
        label=extend(BATCH.label, ((0, 2), (0, 1))),
        mask=extend(BATCH.mask, ((0, 2), (0, 1))),
    )
    expected = l2_rows(PARAMS, None, BATCH)
    np.testing.assert_allclose(l2_rows(PARAMS, None, padded), expected, rtol=1e-6)
    nothing = BATCH._replace(mask=jnp.zeros_like(BATCH.mask))
    value, gradient = jax.value_and_grad(l2_rows)(PARAMS, None, nothing)
    assert value == 0
    jax.tree.map(lambda g: np.testing.assert_array_equal(g, 0), gradient)


def test_l2_of_parameters_is_half_their_squared_norm_of_those_that_are_named():
    params = {"layer_0": {"kernel": jnp.array([[3.0, 4.0]])}, "layer_1": jnp.array([2.0])}
    assert l2_params("layer_0")(params, None, BATCH) == (3**2 + 4**2) / 2
    assert l2_params()(params, None, BATCH) == (3**2 + 4**2 + 2**2) / 2
