"""The session graph with a memory of facts, against loops over attributes."""

from types import SimpleNamespace

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.graph import ItemFacts, item_facts
from jaxrec.losses import softmax
from jaxrec.models import kg_sequential
from jaxrec.models.item_facts import fact_vectors
from jaxrec.models.kg_sequential import read_memory, write_memory
from jaxrec.models.memory_facts import memory_facts
from jaxrec.sampling import next_items, session_tables
from jaxrec.train import objective, rank, step
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, compiled, query, stored
from tests.models.test_srgnn import by_matrices, dense, sigmoid

DIM, KG = 6, 4
rows = lambda *numbers: np.array(numbers, np.int32)
FACTS = ItemFacts(
    item=rows(0, 1, 2, 3, 4, 5, 5, 0, 7, 10),
    attribute=rows(0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
    value=rows(0, 0, 1, 1, 2, 2, 0, 3, 4, 3),
    attributes=rows(0, 1),
    values=rows(20, 21, 22, 23, 24),
)
"""Item 5 has two values of attribute 0, and items 6, 8, 9 and 11 have no facts."""


def built(**options):
    model = kg_sequential(FACTS, N_ITEMS, DIM, kg_dim=KG, kg_epochs=2, **options)
    return model, jax.jit(model.init)(jax.random.key(1))


def values_of(entity, item, attribute):
    own = [v for i, a, v in zip(*FACTS[:3], strict=True) if (i, a) == (item, attribute)]
    return np.mean(entity[N_ITEMS + np.array(own)], axis=0) if own else None


def by_loops(params, items, write, sharpness, reads, n_layers=1):
    """Scores of all items after one session, attribute by attribute."""
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    entity, key = p["facts"]["entity"], p["facts"]["attribute"]
    memory = np.zeros((2, KG))
    for item in items:
        for a in range(2):
            if write == "translate":
                new = np.tanh(dense(p["write"], entity[item])) + key[a]
            else:
                new = values_of(entity, item, a)
            if new is not None:
                gate = sigmoid(memory[a] @ new)
                memory[a] = (1 - gate) * memory[a] + gate * new
    if reads == "memory":
        hidden = p["item"][items[-1]]
    else:  # The session's vector has these products with 12 items of 6 numbers.
        hidden = np.linalg.lstsq(p["item"], by_matrices(params, items, n_layers), rcond=None)[0]
    match = np.exp(sharpness * key @ np.tanh(dense(p["read"], hidden)))
    read = (match / match.sum()) @ memory
    hidden = hidden * (reads != "memory")
    read = read * (reads != "graph")
    user = np.concatenate([hidden, read]) @ p["user"]
    return np.hstack([p["item"], entity[:N_ITEMS]]) @ p["candidate"] @ user


@pytest.mark.parametrize(
    "options",
    [
        {"write": "translate", "sharpness": 10.0, "reads": "both"},
        {"write": "value", "sharpness": 1.0, "reads": "both"},
        {"write": "translate", "sharpness": 10.0, "reads": "graph"},
        {"write": "value", "sharpness": 10.0, "reads": "memory"},
    ],
    ids=str,
)
def test_scores_are_those_of_loops_over_attributes(options):
    model, params = built(**options)
    reps = model.encode(params, None)
    scores = compiled(model.score, reps, query(ASKED), jnp.arange(N_ITEMS))
    expected = [by_loops(params, items, **options) for items in ASKED]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_memory_of_one_attribute_is_half_of_the_first_value_and_gated_after():
    """``V = x / 2`` after the first item, for the gate of an empty memory is 1 / 2."""
    only = ItemFacts(rows(0, 1, 2), rows(0, 0, 0), rows(0, 1, 0), rows(0), rows(20, 21))
    model = kg_sequential(only, 3, DIM, kg_dim=2, kg_epochs=1, write="value", reads="memory")
    params = model.init(jax.random.key(0))
    value = jnp.array([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]]])
    params["facts"]["value"] = value
    params["user"] = jnp.zeros((DIM + 2, DIM)).at[DIM:, :2].set(jnp.eye(2))
    params["candidate"] = jnp.zeros((DIM + 2, DIM)).at[:2, :2].set(jnp.eye(2))
    params["item"] = jnp.zeros((3, DIM)).at[0, 0].set(1.0).at[1, 1].set(1.0)
    reps = model.encode(params, None)
    scores = compiled(model.score, reps, query([[0], [0, 1], [0, 2]]), jnp.arange(2))
    again = 1 / (1 + np.exp(-0.5))  # The gate where memory and value have the product 1 / 2.
    expected = [[0.5, 0.0], [0.25, 0.5], [(1 - again) / 2 + again, 0.0]]
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_a_memory_of_the_user_holds_what_the_graph_no_longer_reads():
    model, params = built(memory="user", n_recent=2)
    whole, _ = built()
    items = [5, 1, 0, 4, 1]
    score = lambda model, items: np.asarray(
        compiled(model.score, model.encode(params, None), query([items]), jnp.arange(N_ITEMS))
    )
    np.testing.assert_allclose(score(model, items[:2]), score(whole, items[:2]), rtol=1e-5)
    hidden = np.linalg.lstsq(params["item"], by_matrices(params, items[-2:], 1), rcond=None)[0]
    memory = write_memory(params, query([items]), "translate")
    read = read_memory(params, jnp.asarray(hidden[None], jnp.float32), memory, 10.0)[0]
    session = np.concatenate([hidden, read]) @ params["user"]
    expected = np.asarray(model.encode(params, None).item) @ session
    np.testing.assert_allclose(score(model, items)[0], expected, rtol=1e-3, atol=1e-5)


def test_at_first_the_score_is_that_of_the_graph_and_what_facts_add():
    model, params = built(reads="graph")
    params["candidate"] = params["candidate"].at[DIM:].set(0)
    scores = compiled(model.score, model.encode(params, None), query(ASKED), jnp.arange(N_ITEMS))
    expected = [by_matrices(params, items, 1) for items in ASKED]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("write", ["translate", "value"])
def test_facts_of_earlier_items_add_up_to_what_the_memory_adds(write):
    options = {"n_layers": 1, "write": write, "sharpness": 10.0, "reads": "both"}
    options |= {"memory": "session", "n_recent": 10}
    model, params = built(**options)
    reps, items = model.encode(params, None), [5, 1, 0, 4, 1]
    weight = memory_facts(reps, query([items]), 3, SimpleNamespace(**options))
    assert weight.shape == (len(items), 2)
    score = lambda options: compiled(
        built(**options)[0].score, reps, query([items]), jnp.array([3])
    ).item()
    added = score(options) - score(options | {"reads": "graph"})
    assert float(weight.sum()) == pytest.approx(added, rel=1e-4)


@pytest.mark.parametrize("options", [{}, {"write": "value"}, {"reads": "memory"}], ids=str)
def test_padding_and_listing_change_nothing(options):
    model, params = built(**options)
    reps, shared = model.encode(params, None), jnp.array([5, 2, 11, 5, 0])
    scores = compiled(model.score, reps, query(ASKED), shared)
    wide = compiled(model.score, reps, query(ASKED, width=12), shared)
    np.testing.assert_allclose(wide, scores, rtol=1e-5, atol=1e-6)
    listed = jnp.tile(shared, (len(ASKED), 1))
    other = compiled(model.score, reps, query(ASKED), listed)
    np.testing.assert_allclose(other, scores, rtol=1e-5, atol=1e-6)
    assert not np.asarray(compiled(model.score, reps, query([[]], 4), shared)).any()


def test_all_learn_but_the_vectors_of_facts_in_one_trace(key):
    tables = jax.tree.map(jnp.asarray, session_tables(stored(LISTS), max_length=8))
    model, params = built(max_length=8)
    init, update = step(objective(model, rank=(1.0, rank(model, softmax))), optax.adam(0.01))
    sample = lambda key: next_items(key, tables, N_ITEMS, batch_size=16, max_length=8)
    one = jax.jit(chex.assert_max_traces(lambda s: update(s, None, sample(s.step_key(0))), n=1))
    state = init(params, key)
    for _ in range(3):
        state, metrics = one(state)
    assert np.isfinite(metrics["loss"])
    moved = jax.tree.map(lambda a, b: not np.array_equal(a, b), params, state.params)
    assert not any(jax.tree.leaves(moved.pop("facts")))
    assert all(jax.tree.leaves(moved)), moved


def test_vectors_of_facts_put_an_item_moved_by_its_attribute_next_to_its_value(key):
    rng, n_items = np.random.default_rng(0), 60
    item = np.tile(np.arange(n_items, dtype=np.int32), 2)
    attribute = np.repeat(rows(0, 1), n_items)
    value = np.concatenate([rng.integers(0, 5, n_items), rng.integers(5, 12, n_items)])
    facts = ItemFacts(item, attribute, value.astype(np.int32), rows(0, 1), rows(*range(12)))
    found = jax.tree.map(np.asarray, jax.jit(fact_vectors(facts, n_items, 16, 800))(key))
    entity = found["entity"]
    np.testing.assert_allclose(np.linalg.norm(entity, axis=1), 1, rtol=1e-5)
    moved = entity[item] + found["attribute"][attribute]
    apart = np.linalg.norm(moved[:, None] - entity[None, n_items:], axis=2)
    assert np.mean(np.argmin(apart, axis=1) == value) > 0.95


def test_attributes_are_relations_of_items_with_several_values_that_items_share():
    """Relation 0 is kept; 1 has one value, 2 another for each item, and 3 no items for heads."""
    head = rows(4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 9)
    relation = rows(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3)
    tail = rows(10, 10, 11, 11, 12, 12, 12, 12, 13, 14, 15, 16, 4)
    found = item_facts(Triples(head, relation, tail, 20, 4), rows(7, 4, 4, 5, 6, 19))
    assert found.attributes.tolist() == [0] and found.values.tolist() == [10, 11]
    pairs = sorted(zip(found.item.tolist(), found.value.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 0), (2, 0), (3, 0), (4, 1)]  # Items 1 and 2 share an entity.
    others = item_facts(Triples(head[4:8], relation[4:8], tail[4:8], 20, 4), rows(7, 4, 5, 6))
    assert others.attributes.tolist() == [1] and others.values.tolist() == [12]
    with pytest.raises(InputError, match="no fact has an item for its head; give facts such as"):
        item_facts(Triples(head[12:], relation[12:], tail[12:], 20, 4), rows(7, 4, 5, 6))


@pytest.mark.parametrize("name", ["kg_dim", "kg_epochs", "max_length", "n_recent"])
def test_numbers_that_are_none_are_refused(name):
    with pytest.raises(InputError, match=f"{name} is 0; give 1 or more"):
        kg_sequential(FACTS, N_ITEMS, **{name: 0})


def test_attention_that_is_not_above_zero_is_refused():
    for sharpness in (0.0, float("nan")):
        with pytest.raises(InputError, match=f"sharpness is {sharpness}; give a number above 0"):
            kg_sequential(FACTS, N_ITEMS, sharpness=sharpness)
