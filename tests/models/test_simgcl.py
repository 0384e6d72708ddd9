"""SimGCL against dense powers of the adjacency, and its noise against its definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, Embeddings, InputError
from jaxrec.graph import bipartite, user_items
from jaxrec.models import simgcl
from jaxrec.models.simgcl import Views, contrast, mean, noise, noisy_layers
from jaxrec.ops import prepare
from jaxrec.sampling import by_user, every_item, in_batch
from tests.models.small import DIM, N_ITEMS, N_USERS, TRAIN, dense, joined

EPS = 0.3
GRAPH = bipartite(TRAIN)
BATCH = Batch(
    query=np.array([3, 2, 2, 0, 3, 1]),
    item=np.array([[1, 0], [4, 0], [1, 0], [0, 2], [3, 0], [2, 0]]),
    label=np.tile([1.0, 0.0], (6, 1)),
    mask=np.pad(np.arange(10) < 9, (2, 0)).reshape(6, 2),  # Row 0 is padding.
)


@pytest.mark.parametrize("formulation", ["segment_sum", "bcsr"])
def test_without_a_key_is_the_mean_of_powers_of_the_adjacency_without_the_first(key, formulation):
    model = simgcl(N_USERS, N_ITEMS, DIM, n_layers=3)
    params = model.init(key)
    n_users = N_USERS if formulation == "bcsr" else None
    reps = jax.jit(model.encode)(params, prepare(GRAPH, formulation, n_users=n_users))
    a, x = dense(GRAPH), joined([params["user"], params["item"]])
    expected = (a @ x + a @ a @ x + a @ a @ a @ x) / 3
    np.testing.assert_allclose(joined(reps), expected, rtol=1e-5, atol=1e-7)


def test_noise_has_length_eps_and_keeps_signs(key):
    key_table, key_noise = jax.random.split(key)
    table = jax.random.normal(key_table, (500, 7))
    drawn = np.asarray(noise(key_noise, table, EPS))
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), EPS, rtol=1e-5)
    assert (drawn * np.asarray(table) >= 0).all()
    np.testing.assert_array_equal(noise(key_noise, jnp.zeros((2, 7)), EPS), np.zeros((2, 7)))


def test_every_layer_is_a_propagation_and_noise_of_length_eps_in_its_orthant(key):
    params = simgcl(N_USERS, N_ITEMS, DIM).init(key)
    tables = params["user"], params["item"]
    a, below = dense(GRAPH), joined(tables)
    for layer in jax.jit(lambda key: noisy_layers(tables, GRAPH, 3, EPS, key))(key):
        clean, noisy = a @ below, joined(layer)
        added, has_edges = noisy - clean, a.any(axis=1)
        np.testing.assert_allclose(np.linalg.norm(added, axis=1), EPS * has_edges, rtol=1e-5)
        assert (added * clean >= 0).all()
        below = noisy


def test_with_a_key_views_have_noise_of_their_own_and_what_is_ranked_has_none(key):
    model = simgcl(N_USERS, N_ITEMS, DIM, n_layers=2, eps=EPS)
    params = model.init(key)
    encode = jax.jit(model.encode)
    clean, reps = encode(params, GRAPH), encode(params, GRAPH, key=key)
    np.testing.assert_allclose(reps.query, clean.query, rtol=1e-6)
    np.testing.assert_allclose(reps.item, clean.item, rtol=1e-6)
    tables = params["user"], params["item"]
    layers = jax.jit(lambda key: mean(noisy_layers(tables, GRAPH, 2, EPS, key)))
    for view, key_view in zip((reps.first, reps.second), jax.random.split(key), strict=True):
        expected = layers(key_view)
        np.testing.assert_allclose(joined(view), joined(expected), rtol=1e-5, atol=1e-7)
    assert np.not_equal(reps.first.query, reps.second.query)[:3].all()


def test_without_noise_both_views_are_what_is_ranked(key):
    model = simgcl(N_USERS, N_ITEMS, DIM, n_layers=2, eps=0.0)
    reps = jax.jit(model.encode)(model.init(key), GRAPH, key=key)
    for view in (reps.first, reps.second):
        np.testing.assert_allclose(joined(view), joined([reps.query, reps.item]), rtol=1e-5)


@jax.jit
def random_views(key):
    tables = [jax.random.normal(k, (N_USERS + N_ITEMS, DIM)) for k in jax.random.split(key, 3)]
    (query, item), *views = (Embeddings(table[:N_USERS], table[N_USERS:]) for table in tables)
    return Views(query, item, *views)


def by_formula(first, second, rows, temperature):
    """Each distinct row's view among the other views of all distinct rows."""
    rows = sorted(set(rows))
    cosine = lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    losses = []
    for row in rows:
        logits = np.array([cosine(first[row], second[other]) for other in rows]) / temperature
        losses.append(np.log(np.exp(logits).sum()) - logits[rows.index(row)])
    return np.mean(losses)


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_contrast_is_info_nce_over_distinct_users_and_distinct_positives(key, temperature):
    reps = random_views(key)
    first, second = (jax.tree.map(np.float64, view) for view in (reps.first, reps.second))
    users, items = [2, 2, 0, 3, 1], [4, 1, 0, 3, 2]  # User 3 is first met as padding.
    expected = by_formula(first.query, second.query, users, temperature)
    expected += by_formula(first.item, second.item, items, temperature)
    loss = jax.jit(contrast(temperature))({}, reps, BATCH)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("law", ["in_batch", "every_item"])
def test_contrast_finds_the_positives_among_shared_candidates(key, law):
    likes = user_items(TRAIN)
    laws = {"in_batch": in_batch(by_user, by_user.share(likes, N_ITEMS))}
    sample = (laws | {"every_item": every_item(by_user)})[law]
    key_batch, key_views = jax.random.split(key)
    batch = jax.jit(sample, static_argnums=(2, 3))(key_batch, likes, N_ITEMS, 12)
    reps = random_views(key_views)
    first, second = (jax.tree.map(np.float64, view) for view in (reps.first, reps.second))
    users, items, _ = jax.jit(by_user.draw, static_argnums=2)(key_batch, likes, 12)
    expected = by_formula(first.query, second.query, users.tolist(), 0.2)
    expected += by_formula(first.item, second.item, items.tolist(), 0.2)
    np.testing.assert_allclose(jax.jit(contrast(0.2))({}, reps, batch), expected, rtol=1e-5)


def test_contrast_of_padding_alone_is_zero_with_a_finite_gradient(key):
    reps, batch = random_views(key), BATCH._replace(mask=np.zeros((6, 2), bool))
    loss, gradient = jax.jit(jax.value_and_grad(contrast(0.2), argnums=1))({}, reps, batch)
    assert loss == 0
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_contrast_needs_views():
    reps = Embeddings(jnp.ones((4, 3)), jnp.ones((5, 3)))
    with pytest.raises(InputError, match="contrast compares two views but there is one; encode"):
        contrast(0.2)({}, reps, BATCH)


def test_values_out_of_range_are_refused():
    with pytest.raises(InputError, match="temperature is 0.0; give a number above 0"):
        contrast(0.0)
    with pytest.raises(InputError, match="n_layers is 0; give 1 or more"):
        simgcl(N_USERS, N_ITEMS, n_layers=0)
    with pytest.raises(InputError, match="eps is -0.1; give 0"):
        simgcl(N_USERS, N_ITEMS, eps=-0.1)
    with pytest.raises(InputError, match="eps is inf; give 0"):
        simgcl(N_USERS, N_ITEMS, eps=float("inf"))
