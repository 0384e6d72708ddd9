"""Matrix factorization with biases."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import Batch
from jaxrec.graph import Rated
from jaxrec.losses import squared_error
from jaxrec.models import bias_start, biased_mf
from jaxrec.train import l2_rows, objective, rank, step

MEAN = 3.5
MODEL = biased_mf(n_users=3, n_items=4, dim=5)
ALL = Rated(np.ones(3, bool), np.ones(4, bool), np.float32(MEAN))


@pytest.fixture
def params(key):
    """Biases are anything but 0."""
    shapes = jax.eval_shape(MODEL.init, key)
    rng = np.random.default_rng(0)
    return {name: jnp.asarray(rng.normal(size=of.shape), "float32") for name, of in shapes.items()}


def by_equation_4(params):
    user, item = (np.asarray(params[name], np.float64) for name in ("user", "item"))
    return MEAN + user[:, -1:] + item[:, -1] + user[:, :-1] @ item[:, :-1].T


def test_scores_are_mean_biases_and_inner_product(params):
    reps = MODEL.encode(params, ALL)
    scores = MODEL.score(reps, jnp.arange(3), jnp.arange(4))
    np.testing.assert_allclose(scores, by_equation_4(params), rtol=1e-5)


def test_vectors_without_a_rating_read_as_nothing(params):
    rated = ALL._replace(
        user=np.array([True, False, True]), item=np.array([True, True, True, False])
    )
    scores = MODEL.score(MODEL.encode(params, rated), jnp.arange(3), jnp.arange(4))
    user, item = (np.asarray(params[name])[:, -1] for name in ("user", "item"))
    biases = MEAN + user[:, None] + item
    np.testing.assert_allclose(scores[1], biases[1], rtol=1e-5)
    np.testing.assert_allclose(scores[:, 3], biases[:, 3], rtol=1e-5)
    known = np.ix_([0, 2], [0, 1, 2])
    np.testing.assert_allclose(np.asarray(scores)[known], by_equation_4(params)[known], rtol=1e-5)


def test_biases_begin_at_zero_and_vectors_do_not(key):
    for table in MODEL.init(key).values():
        assert not table[:, -1].any()
        assert table[:, :-1].all()


def test_biases_may_begin_elsewhere(key):
    user_bias, item_bias = np.array([1.0, 0.0, -1.0]), np.array([0.5, 0.0, 0.0, -0.5])
    params = bias_start(MODEL, user_bias, item_bias).init(key)
    assert params["user"][:, -1].tolist() == user_bias.tolist()
    assert params["item"][:, -1].tolist() == item_bias.tolist()
    before = MODEL.init(key)
    for name, table in params.items():
        np.testing.assert_array_equal(table[:, :-1], before[name][:, :-1])


def test_l2_of_rows_holds_the_biases_as_equation_5_does(params):
    user, item = np.array([2, 0]), np.array([[3], [3]])
    batch = Batch(user, item, np.zeros((2, 1)), np.ones((2, 1), bool))
    rows = np.concatenate([params["user"][user], params["item"][item[:, 0]]], axis=1)
    value = l2_rows(params, None, jax.tree.map(jnp.asarray, batch))
    np.testing.assert_allclose(value, np.mean(np.sum(rows**2, axis=1)) / 2, rtol=1e-5)


def test_training_finds_what_biases_and_one_factor_say(key):
    n = 12
    rng = np.random.default_rng(0)
    user_bias, item_bias, taste, kind = rng.normal(0, 0.5, (4, n))
    rating = MEAN + user_bias[:, None] + item_bias + np.outer(taste, kind)
    user, item = (places.astype(np.int32) for places in np.indices((n, n)).reshape(2, -1))
    held = rng.random(n * n) < 0.2
    label = rating.ravel()[~held, None].astype(np.float32)
    batch = Batch(user[~held], item[~held, None], label, np.ones_like(label, bool))
    model, graph = biased_mf(n, n, dim=1), Rated(*np.ones((2, n), bool), np.float32(MEAN))
    loss = objective(model, rank=(1.0, rank(model, squared_error)), l2=(1e-4, l2_rows))
    learn = step(loss, optax.adam(0.05))
    update = jax.jit(learn.update)
    state = learn.init(model.init(key), key)
    for _ in range(400):
        state, _ = update(state, graph, batch)
    reps = model.encode(state.params, graph)
    scores = np.asarray(jax.jit(model.score)(reps, user[held], item[held, None]))[:, 0]
    rmse = np.sqrt(np.mean((scores - rating.ravel()[held]) ** 2))
    assert rmse < 0.1 * rating.std()
