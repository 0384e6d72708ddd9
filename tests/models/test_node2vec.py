"""The skip-gram term against the sum over pairs, one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.losses import binary_cross_entropy
from jaxrec.models import node2vec, skip_gram
from jaxrec.sampling import pairs, weighted_table, windows
from jaxrec.train import objective, rank
from tests.models.small import wide

N, DIM = 5, 4
TABLE = weighted_table(np.arange(1.0, N + 1))
DRAW, DRAW_PAIRS = (jax.jit(draw, static_argnums=(2, 4)) for draw in (windows, pairs))
WALK = jnp.array([[0, 3, 2, 0, 1], [2, 4, 3, -1, -1], [1, -1, -1, -1, -1]])


def test_is_the_mean_over_pairs_with_the_mean_over_negatives(key):
    model = node2vec(N, DIM, init_scale=1.0)
    params, batch = model.init(key), DRAW(key, WALK, 2, TABLE, 6)
    loss = jax.jit(objective(model, skip_gram=(1.0, skip_gram(3.0))))
    node, context = wide(params["node"]), wide(params["context"])
    cost = lambda score: np.log1p(np.exp(-score))  # -log sigmoid(score)
    total = []
    for b, i, j in np.argwhere(batch.query.near):
        u, v = WALK[b, i], WALK[b, j]
        noise = [cost(-node[u] @ context[n]) for n in np.asarray(batch.item[b])]
        total.append(cost(node[u] @ context[v]) + 3 * np.mean(noise))
    np.testing.assert_allclose(loss(params, None, batch, key)[0], np.mean(total), rtol=1e-5)


def test_equals_binary_loss_on_pairs_where_all_negatives_are_one_node(key):
    model, only = node2vec(N, DIM, init_scale=1.0), weighted_table(np.eye(N)[2])
    params = model.init(key)
    of_windows = jax.jit(objective(model, skip_gram=(1.0, skip_gram(5.0))))
    of_pairs = jax.jit(objective(model, rank=(1.0, rank(model, binary_cross_entropy))))
    a, _ = of_windows(params, None, DRAW(key, WALK, 2, only, 6), key)
    b, _ = of_pairs(params, None, DRAW_PAIRS(key, WALK, 2, only, 5), key)
    np.testing.assert_allclose(a, 6 * b, rtol=1e-5)  # Binary divides by the six of a list, too.


def test_padding_gets_no_gradient(key):
    model = node2vec(N, DIM)
    loss = jax.jit(jax.grad(objective(model, skip_gram=(1.0, skip_gram())), has_aux=True))
    walk = jnp.array([[1, 2, -1, -1, -1], [4, -1, -1, -1, -1], [2, 1, -1, -1, -1]])
    slope, _ = loss(model.init(key), None, DRAW(key, walk, 2, weighted_table(np.eye(N)[3]), 6), key)
    assert np.flatnonzero(np.any(slope["node"], axis=1)).tolist() == [1, 2]
    assert np.flatnonzero(np.any(slope["context"], axis=1)).tolist() == [1, 2, 3]


def test_no_pair_at_all_costs_nothing(key):
    model = node2vec(N, DIM)
    batch = DRAW(key, jnp.full((3, 5), -1).at[:, 0].set(1), 2, TABLE, 6)
    assert skip_gram()({}, model.encode(model.init(key), None), batch) == 0


def test_a_weight_of_negatives_that_is_not_positive_is_refused():
    with pytest.raises(InputError, match="n_negatives is 0.0"):
        skip_gram(0.0)
