"""SR-GNN against loops over the matrices of the paper's equations."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import InputError
from jaxrec.losses import softmax
from jaxrec.models import srgnn
from jaxrec.sampling import next_items, session_tables
from jaxrec.train import objective, rank, step
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, compiled, query, stored

DIM = 6


def params_of(model):
    return model.init(jax.random.key(1))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dense(layer, x):
    return x @ layer["kernel"] + layer["bias"]


def by_matrices(params, items, n_layers):
    """Scores of all items after one session, from its n x n connection matrices."""
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    gnn, unique = p["gnn"], list(dict.fromkeys(items))
    pairs = set(zip(items, items[1:], strict=False))
    joined = np.array([[float((u, v) in pairs) for v in unique] for u in unique])  # From u to v.
    share = lambda a: a / np.maximum(a.sum(axis=1, keepdims=True), 1)
    a_in, a_out = share(joined.T), share(joined)
    hidden = p["item"][unique]
    for _ in range(n_layers):
        a = np.hstack(
            [a_in @ dense(gnn["incoming"], hidden), a_out @ dense(gnn["outgoing"], hidden)]
        )
        moved, kept = dense(gnn["message"], a), dense(gnn["state"], hidden)
        r, z = (sigmoid(moved[:, s] + kept[:, s]) for s in (slice(DIM), slice(DIM, 2 * DIM)))
        new = np.tanh(moved[:, 2 * DIM :] + r * kept[:, 2 * DIM :])
        hidden = new + z * (hidden - new)
    x = hidden[[unique.index(item) for item in items]]
    alpha = sigmoid(dense(gnn["query"], x[-1]) + dense(gnn["key"], x)) @ gnn["attention"]
    session = dense(gnn["session"], np.concatenate([alpha @ x, x[-1]]))
    return p["item"] @ session


@pytest.mark.parametrize("n_layers", [0, 1, 2])
def test_scores_are_those_of_the_papers_matrices(n_layers):
    model = srgnn(N_ITEMS, DIM, n_layers)
    params = params_of(model)
    reps = model.encode(params, None)
    scores = compiled(model.score, reps, query(ASKED), jnp.arange(N_ITEMS))
    expected = [by_matrices(params, items, n_layers) for items in ASKED]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)


def test_padding_and_the_other_sessions_of_a_batch_change_nothing():
    model = srgnn(N_ITEMS, DIM)
    reps = model.encode(params_of(model), None)
    every = jnp.arange(N_ITEMS)
    together = compiled(model.score, reps, query(ASKED), every)
    wide = compiled(model.score, reps, query(ASKED, width=12), every)
    np.testing.assert_allclose(wide, together, rtol=1e-5, atol=1e-6)
    for row, items in enumerate(ASKED):
        alone = compiled(model.score, reps, query([items]), every)
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5, atol=1e-6)


def test_only_the_latest_items_are_read():
    model = srgnn(N_ITEMS, DIM, max_length=3)
    reps = model.encode(params_of(model), None)
    score = lambda lists: compiled(model.score, reps, query(lists), jnp.arange(N_ITEMS))
    np.testing.assert_allclose(score([[5, 1, 0, 4, 1]]), score([[0, 4, 1]]), rtol=1e-6)


def test_listed_candidates_are_scored_as_shared_ones():
    model = srgnn(N_ITEMS, DIM)
    reps, shared = model.encode(params_of(model), None), jnp.array([5, 2, 11, 5, 0])
    listed = jnp.tile(shared, (len(ASKED), 1))
    one, other = (compiled(model.score, reps, query(ASKED), items) for items in (shared, listed))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_an_empty_session_scores_all_items_alike():
    model = srgnn(N_ITEMS, DIM)
    reps = model.encode(params_of(model), None)
    assert not np.asarray(compiled(model.score, reps, query([[]], 4), jnp.arange(N_ITEMS))).any()


def test_every_parameter_learns_in_one_trace_over_all_widths(key):
    lists = [*LISTS, list(range(9)) * 4]
    tables = jax.tree.map(jnp.asarray, session_tables(stored(lists), max_length=12))
    model = srgnn(N_ITEMS, DIM, max_length=12)
    init, update = step(objective(model, rank=(1.0, rank(model, softmax))), optax.adam(0.01))
    sample = lambda key: next_items(key, tables, N_ITEMS, batch_size=4, max_length=12)

    def one(state):
        batch = sample(state.step_key(0))
        return *update(state, None, batch), jnp.max(jnp.sum(batch.query.mask, axis=1))

    one = jax.jit(chex.assert_max_traces(one, n=1))
    state, widths, start = init(model.init(key), key), set(), model.init(key)
    for _ in range(8):
        state, metrics, longest = one(state)
        widths.add(int(longest) > 8)
        assert np.isfinite(metrics["loss"])
    assert widths == {False, True}
    moved = jax.tree.map(lambda a, b: not np.array_equal(a, b), start, state.params)
    assert all(jax.tree.leaves(moved)), moved


def test_numbers_that_are_none_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0 or more"):
        srgnn(N_ITEMS, n_layers=-1)
    with pytest.raises(InputError, match="max_length is 0; give 1 or more"):
        srgnn(N_ITEMS, max_length=0)
