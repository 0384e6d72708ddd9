"""What every trained model of sessions must hold."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.losses import softmax
from jaxrec.models import gru4rec, ksr, sasrec
from jaxrec.sampling import next_items, session_tables
from jaxrec.train import objective, rank, step
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, compiled, query, stored
from tests.models.test_kg_sequential import FACTS, KG

MODELS = {
    "sasrec": sasrec(N_ITEMS, 6, n_heads=2, max_length=12, dropout=0.3),
    "gru4rec": gru4rec(N_ITEMS, 6, n_layers=2, max_length=12, dropout=0.3),
    "ksr": ksr(FACTS, N_ITEMS, 6, max_length=12, dropout=0.3, kg_dim=KG, kg_epochs=1),
}
EVERY = jnp.arange(N_ITEMS)
every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@every
def test_padding_listing_and_other_sessions_change_nothing(model):
    reps = model.encode(model.init(jax.random.key(1)), None)
    scores = compiled(model.score, reps, query(ASKED), EVERY)
    close = lambda found, expected: np.testing.assert_allclose(
        found, expected, rtol=1e-4, atol=1e-6
    )
    close(compiled(model.score, reps, query(ASKED, width=12), EVERY), scores)
    listed = jnp.tile(jnp.array([5, 2, 11, 5, 0]), (len(ASKED), 1))
    close(compiled(model.score, reps, query(ASKED), listed), scores[:, listed[0]])
    close(compiled(model.score, reps, query(ASKED[2:3]), EVERY), scores[2:3])
    assert not np.asarray(compiled(model.score, reps, query([[]], 7), EVERY)).any()


@every
def test_only_the_latest_items_are_read_and_their_order_counts(model):
    reps = model.encode(model.init(jax.random.key(1)), None)
    score = lambda items: np.asarray(compiled(model.score, reps, query([items]), EVERY))
    latest = [5, 1, 0, 4, 1, 6, 8, 3, 2, 7, 1, 0]
    np.testing.assert_allclose(score([9, 9, *latest]), score(latest), rtol=1e-4, atol=1e-6)
    assert np.abs(score([1, 2, 3]) - score([2, 1, 3])).max() > 1e-6


@every
def test_dropout_is_drawn_by_the_key_alone(model):
    params = model.init(jax.random.key(1))
    score = lambda key: np.asarray(
        compiled(model.score, model.encode(params, None, key=key), query(ASKED), EVERY)
    )
    one, same, other = (score(jax.random.key(n)) for n in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other) and not np.allclose(one, score(None))


@every
def test_every_parameter_learns_in_one_trace_over_all_widths(model, key):
    lists = [*LISTS, list(range(9)) * 4]
    tables = jax.tree.map(jnp.asarray, session_tables(stored(lists), max_length=12))
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
    assert not any(jax.tree.leaves(moved.pop("facts", {})))  # Those stay as they were.
    assert all(jax.tree.leaves(moved)), moved
