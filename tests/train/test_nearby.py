"""The objective on negatives drawn by distance."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.base import Batch
from jaxrec.losses import max_margin, positive_first
from jaxrec.models import mf
from jaxrec.ops import cosine
from jaxrec.train import distance_weighted_objective, objective, rank

MODEL = mf(n_users=4, n_items=6, dim=5, init_scale=1.0)
PARAMS = MODEL.init(jax.random.key(0))
LOSS = positive_first(max_margin(2.0))
BATCH = Batch(
    query=jnp.array([3, 0]),
    item=jnp.arange(6),
    label=jnp.zeros((2, 6)).at[jnp.arange(2), jnp.array([1, 4])].set(1),
    mask=jnp.array([[True] * 6, [True, True, False, True, True, False]]),
)


def loss_where(where):
    scores = MODEL.score(MODEL.encode(PARAMS, None), BATCH.query, BATCH.item)
    return float(LOSS(scores, BATCH.label, where))


def test_with_all_negatives_drawn_it_is_the_plain_loss(key):
    value, metrics = distance_weighted_objective(MODEL, LOSS, n=6, farthest=2.1)(
        PARAMS, None, BATCH, key
    )
    expected, _ = objective(MODEL, rank=(1.0, rank(MODEL, LOSS)))(PARAMS, None, BATCH, key)
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    np.testing.assert_array_equal(metrics["loss"], value)


def test_one_negative_a_query_is_drawn_among_the_valid_and_the_positive_stays():
    alone = {}
    for first in (0, 2, 3, 4, 5):
        for second in (0, 1, 3):
            where = np.zeros((2, 6), bool)
            where[[0, 1, 0, 1], [1, 4, first, second]] = True
            alone[first, second] = loss_where(jnp.asarray(where))
    loss = jax.jit(distance_weighted_objective(MODEL, LOSS, n=1, farthest=2.1))
    values = [float(loss(PARAMS, None, BATCH, jax.random.key(n))[0]) for n in range(40)]
    known = np.array(list(alone.values()))
    assert all(np.isclose(value, known, rtol=1e-5).any() for value in values)
    assert len(set(values)) > 1


def test_far_negatives_are_not_drawn_though_their_weights_grow_again(key):
    """Beyond sqrt(2) there are fewer and fewer random points."""
    reps = MODEL.encode(PARAMS, None)
    cosines = cosine()(reps, BATCH.query, BATCH.item)
    near = np.asarray(jnp.sqrt(2 - 2 * cosines)) < 1.4
    positive = np.asarray(BATCH.label) > 0
    assert (near & ~positive).any() and (~near & ~positive).any()
    value, _ = distance_weighted_objective(MODEL, LOSS, n=6)(PARAMS, None, BATCH, key)
    expected = loss_where(BATCH.mask & jnp.asarray(near | positive))
    np.testing.assert_allclose(value, expected, rtol=1e-6)
