"""Matrix factorization with biases."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import Batch
from jaxrec.data import Interactions
from jaxrec.evaluate import shrunken_biases
from jaxrec.graph import rated, ratings
from jaxrec.losses import squared_error
from jaxrec.models import biased_mf
from jaxrec.models.biased_mf import ridge_biases, ridge_tables, ridge_vectors
from jaxrec.train import objective, rank, step

EMPTY = Batch(jnp.zeros(0, int), jnp.zeros((0, 1), int), jnp.zeros((0, 1)), jnp.zeros((0, 1), bool))

MEAN = 3.5


def all_rated(n_users, n_items):
    """Every pair is rated ``MEAN``."""
    user, item = (rows.ravel().astype(np.int32) for rows in np.indices((n_users, n_items)))
    rating = np.full(len(user), MEAN, np.float32)
    return rated(Interactions(user, item, n_users, n_items, rating=rating))


ALL = all_rated(3, 4)
MODEL = biased_mf(ALL, n_users=3, n_items=4, dim=5)


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
    some = ALL._replace(
        user=np.array([True, False, True]), item=np.array([True, True, True, False])
    )
    scores = MODEL.score(MODEL.encode(params, some), jnp.arange(3), jnp.arange(4))
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
    start = ALL._replace(user_bias=user_bias, item_bias=item_bias)
    params = biased_mf(start, 3, 4, dim=5).init(key)
    assert params["user"][:, -1].tolist() == user_bias.tolist()
    assert params["item"][:, -1].tolist() == item_bias.tolist()
    before = MODEL.init(key)
    for name, table in params.items():
        np.testing.assert_array_equal(table[:, :-1], before[name][:, :-1])


def test_every_row_is_shrunk_once_and_biases_by_weights_of_their_own(params):
    graph = ALL._replace(shrink_user=np.float32(2), shrink_item=np.float32(7))
    reps = MODEL.encode(params, graph)
    user, item = (np.asarray(params[name], np.float64) ** 2 for name in ("user", "item"))
    biases = 2 * user[:, -1].sum() + 7 * item[:, -1].sum()
    np.testing.assert_allclose(ridge_biases(params, reps, EMPTY), biases / 12, rtol=1e-5)
    vectors = user[:, :-1].sum() + item[:, :-1].sum()
    np.testing.assert_allclose(ridge_vectors(params, reps, EMPTY), vectors / 12, rtol=1e-5)
    np.testing.assert_allclose(
        ridge_tables(params, reps, EMPTY), (user.sum() + item.sum()) / 12, rtol=1e-5
    )


def test_without_vectors_shrunken_biases_are_where_training_stays(key):
    rng = np.random.default_rng(0)
    user, item = (rows.astype(np.int32) for rows in np.nonzero(rng.random((8, 9)) < 0.6))
    rating = rng.normal(3, 1, len(user)).astype(np.float32)
    train = Interactions(user, item, 8, 9, rating=rating)
    start = shrunken_biases(ratings(train), 8, 9, 2.0, 7.0, n_rounds=200)
    graph = rated(train, start.user, start.item, 2.0, 7.0)
    model = biased_mf(graph, 8, 9, dim=0)
    batch = Batch(user, item[:, None], rating[:, None], np.ones((len(user), 1), bool))
    loss = objective(model, rank=(1.0, rank(model, squared_error)), biases=(1.0, ridge_biases))
    of = lambda params: loss(params, graph, jax.tree.map(jnp.asarray, batch), key)[0]
    for table in jax.grad(of)(model.init(key)).values():
        np.testing.assert_allclose(table, 0, atol=1e-6)


def test_training_finds_what_biases_and_one_factor_say(key):
    n = 12
    rng = np.random.default_rng(0)
    user_bias, item_bias, taste, kind = rng.normal(0, 0.5, (4, n))
    rating = MEAN + user_bias[:, None] + item_bias + np.outer(taste, kind)
    user, item = (places.astype(np.int32) for places in np.indices((n, n)).reshape(2, -1))
    held = rng.random(n * n) < 0.2
    label = rating.ravel()[~held, None].astype(np.float32)
    batch = Batch(user[~held], item[~held, None], label, np.ones_like(label, bool))
    graph = all_rated(n, n)
    model = biased_mf(graph, n, n, dim=1)
    loss = objective(model, rank=(1.0, rank(model, squared_error)), l2=(1e-3, ridge_vectors))
    learn = step(loss, optax.adam(0.05))
    update = jax.jit(learn.update)
    state = learn.init(model.init(key), key)
    for _ in range(400):
        state, _ = update(state, graph, batch)
    reps = model.encode(state.params, graph)
    scores = np.asarray(jax.jit(model.score)(reps, user[held], item[held, None]))[:, 0]
    rmse = np.sqrt(np.mean((scores - rating.ravel()[held]) ** 2))
    assert rmse < 0.1 * rating.std()
