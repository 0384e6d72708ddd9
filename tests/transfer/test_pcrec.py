"""Pretraining by contrast, step by step."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import InputError
from jaxrec.losses import first_of_each
from jaxrec.transfer import Views, pretraining, structure, warmed_adam
from jaxrec.transfer.pcrec import KEPT_MOMENTS
from tests.transfer.test_subgraphs import EDGES, N, steps

VIEWS = Views(n_nodes=4, length=12, n_dims=3)
ENCODER = VIEWS.encoder(dim=4, n_layers=1, dropout=0.0)
ENCODE = jax.jit(ENCODER.encode)
DRAW = jax.jit(VIEWS.draw, static_argnames="n_parts")
B, T = 4, 0.5


def views_of(state):
    """The two graphs that a step draws, and which rows count."""
    key_seed, key_views, _ = jax.random.split(state.train.step_key(0), 3)
    nonempty = steps().lists.nonempty
    seed = nonempty[jax.random.randint(key_seed, (B,), 0, len(nonempty))]
    (a, _), (b, _) = DRAW(key_views, steps(), jnp.concatenate([seed, seed]), n_parts=2)
    return a, b, np.asarray(first_of_each(seed))


def slow_loss(query, match, queue, once):
    """Row by row; negatives are rows of ``queue``, or None: the other rows that count."""
    losses = []
    for i in np.flatnonzero(once):
        others = match[[j for j in np.flatnonzero(once) if j != i]] if queue is None else queue
        powers = np.exp(np.append(query[i] @ match[i], others @ query[i]) / T)
        losses.append(-np.log(powers[0] / powers.sum()))
    return np.mean(losses)


def test_a_step_in_batch_is_a_gradient_step_on_the_loss_of_its_views(key):
    pieces = pretraining(ENCODER, VIEWS, optax.sgd(1.0), B, T)
    state = pieces.init(key)
    a, b, once = views_of(state)

    @jax.jit
    def both(p):
        return ENCODE(p, a)[0], ENCODE(p, b)[0]

    after, metrics = jax.jit(pieces.update)(state, steps())
    query, match = map(np.asarray, both(state.train.params))
    np.testing.assert_allclose(metrics["loss"], slow_loss(query, match, None, once), rtol=1e-5)
    assert metrics["dropped"] == 0 and after.train.step == 1 and after.slow is None
    step = jax.tree.map(lambda old, new: old - new, state.train.params, after.train.params)
    norm = np.sqrt(sum(float(jnp.sum(x**2)) for x in jax.tree.leaves(step)))
    direction = jax.tree.map(lambda x: 1e-2 * x / norm, step)
    ahead, behind = (
        slow_loss(*map(np.asarray, both(optax.apply_updates(state.train.params, d))), None, once)
        for d in (direction, jax.tree.map(jnp.negative, direction))
    )
    slope = (ahead - behind) / 2e-2  # Along the gradient, as long as it is.
    np.testing.assert_allclose(slope, norm, rtol=0.02)


def test_with_a_queue_negatives_are_older_keys_of_the_slow_encoder(key):
    chex.clear_trace_counter()
    pieces = pretraining(ENCODER, VIEWS, optax.sgd(0.1), B, T, queue_size=2 * B, momentum=0.7)
    update = jax.jit(chex.assert_max_traces(pieces.update, n=1))
    state, keys = pieces.init(key), []
    for n in range(3):
        a, b, once = views_of(state)
        query = np.asarray(ENCODE(state.train.params, a)[0])
        match = np.asarray(ENCODE(state.slow, b)[0])
        queue = np.concatenate([np.zeros((0, 4)), *keys])[: 2 * B]
        before = state
        state, metrics = update(state, steps())
        np.testing.assert_allclose(
            metrics["loss"], slow_loss(query, match, queue, once), rtol=1e-4, atol=1e-6
        )
        keys.insert(0, match)
        np.testing.assert_allclose(state.queue[:B], match, atol=1e-5)
        expected = jax.tree.map(
            lambda slow, new: 0.7 * slow + 0.3 * new, before.slow, state.train.params
        )
        jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, atol=1e-6), state.slow, expected)
        assert n or metrics["loss"] == 0  # Nothing to be told from in the first step.


def test_moments_are_running_means(key):
    pieces = pretraining(ENCODER, VIEWS, optax.sgd(0.0), B, T)
    state = pieces.init(key)
    a, _, _ = views_of(state)
    own = ENCODE(state.train.params, a)[1][0]
    after, _ = jax.jit(pieces.update)(state, steps())
    mean = (1 - KEPT_MOMENTS) * np.asarray(own["mean"])
    variance = KEPT_MOMENTS + (1 - KEPT_MOMENTS) * np.asarray(own["variance"])
    np.testing.assert_allclose(after.moments[0]["mean"], mean, atol=1e-6)
    np.testing.assert_allclose(after.moments[0]["variance"], variance, atol=1e-6)


def test_the_rate_rises_over_a_tenth_and_falls_to_nothing():
    params = jnp.zeros(1)
    optimizer = warmed_adam(20, learning_rate=0.1, weight_decay=0.0)
    state, sizes = optimizer.init(params), []
    for _ in range(20):
        update, state = optimizer.update(jnp.ones(1), state, params)
        sizes.append(-float(update[0]))  # Adam's updates of a constant gradient are its rate.
    expected = [0.05, 0.1, *(0.1 * (1 - n / 18) for n in range(18))]
    np.testing.assert_allclose(sizes, expected, rtol=1e-4, atol=1e-6)


def test_structure_is_the_mean_of_views_and_reads_no_ids(key):
    pieces = pretraining(ENCODER, VIEWS, optax.sgd(0.1), B, T)
    state = pieces.init(key)
    how = ENCODER, VIEWS, state.train.params, state.moments, key
    found = structure(*how, steps(), n_views=2, batch_size=3)
    assert found.shape == (N, 4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    start = 3
    keys = jax.random.split(jax.random.fold_in(key, start), 2)
    graphs = [DRAW(k, steps(), jnp.array([3, 4, 5]))[0][0] for k in keys]
    views = [ENCODE(how[2], g, how[3])[0] for g in graphs]
    mean = np.mean(views, axis=0)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(found[3:6], mean, atol=1e-5)
    # Another component elsewhere, alike: 8 nodes further on, the pair 2 - 6 is 10 - 14.
    far = [(a + N, b + N) for a, b in EDGES]
    twice = structure(*how, steps([*EDGES, *far], 2 * N), n_views=2, batch_size=3)
    np.testing.assert_allclose(twice[10], found[2], atol=1e-5)  # A pair looks the same always.


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"batch_size": 1}, "batch_size is 1; contrast needs 2 nodes or more"),
        ({"queue_size": 6}, "queue_size is 6; give 0, or a multiple of the batch size 4"),
        ({"momentum": 1.0}, "momentum is 1.0; give 0 or more, below 1"),
    ],
)
def test_settings_out_of_range_are_refused(given, told):
    with pytest.raises(InputError, match=told):
        pretraining(ENCODER, VIEWS, optax.sgd(0.1), **{"batch_size": B} | given)
