"""Scores of facts against their equations, one fact at a time.

A long file, for all models of facts are held to the same facts.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.models import (
    complex_kge,
    distmult,
    norms,
    over_items,
    rotate,
    towers,
    transe,
    twhin,
)
from jaxrec.models.complex_kge import squares
from jaxrec.ops import dot
from tests.models.small import assert_close, wide

N, R, DIM = 7, 3, 6
ENTITY = np.array([4, 0, 6, 2, 2])
RELATION = np.array([0, 2, 1, 1, 0])
ITEMS = np.array([5, 2, 4, 0])
ONE = jnp.array([[True]])


def planes(row):
    return row[: DIM // 2] + 1j * row[DIM // 2 :]


def of_twhin(h, r, t):
    return (h + r) @ t


def of_transe(h, r, t):
    return -np.linalg.norm(h + r - t)


def of_distmult(h, r, t):
    return np.sum(h * r * t)


def of_complex(h, r, t):
    return np.sum(planes(h) * planes(r) * np.conj(planes(t))).real


def of_rotate(h, angle, t):
    turned = planes(h) * np.exp(1j * angle)
    return -np.sqrt(np.sum(np.abs(turned - planes(t)) ** 2))


MODELS = {
    "twhin": (twhin, of_twhin),
    "transe": (transe, of_transe),
    "distmult": (distmult, of_distmult),
    "complex_kge": (complex_kge, of_complex),
    "rotate": (rotate, of_rotate),
}
each = pytest.mark.parametrize(("factory", "formula"), MODELS.values(), ids=MODELS)


def scored(model, params, relation, items=ITEMS):
    score = lambda params, *asked: model.score(model.encode(params, None), *asked)
    return jax.jit(score)(params, (ENTITY, relation), items)


def expected(formula, params, relation, inverse):
    entity, rows = wide(params["entity"]), wide(params["relation"])
    fact = lambda e, r, c: formula(c, r, e) if inverse else formula(e, r, c)
    pairs = zip(ENTITY, relation, strict=True)
    return [[fact(entity[e], rows[r], entity[c]) for c in ITEMS] for e, r in pairs]


@each
@pytest.mark.parametrize("listed", [False, True])
def test_tails_and_heads_score_as_the_equation_says(factory, formula, listed, key):
    model = factory(N, R, DIM, init_scale=1.0)
    params = model.init(key)
    items = np.tile(ITEMS, (len(ENTITY), 1)) if listed else ITEMS
    tails = expected(formula, params, RELATION, inverse=False)
    assert_close(scored(model, params, RELATION, items), np.array(tails))
    heads = expected(formula, params, RELATION, inverse=True)
    assert_close(scored(model, params, RELATION + R, items), np.array(heads))


@each
def test_all_entities_in_order_and_mixed_up_score_alike(factory, formula, key):
    del formula
    model = factory(N, R, DIM, init_scale=1.0)
    params, order = model.init(key), np.array([3, 0, 6, 1, 5, 2, 4])

    def weighed(params, items):
        reps = model.encode(params, None)
        scores = model.score(reps, (jnp.asarray(ENTITY), jnp.asarray(RELATION)), items)
        return jnp.sum(jnp.sin(items)[None] * scores), scores

    differentiate = jax.jit(jax.grad(weighed, has_aux=True))
    slope, scores = differentiate(params, jnp.arange(N))
    mixed_slope, mixed = differentiate(params, jnp.asarray(order))
    assert_close(np.asarray(scores)[:, order], wide(mixed))
    for name in slope:
        np.testing.assert_allclose(slope[name], mixed_slope[name], rtol=1e-4, atol=1e-5)


@each
def test_reciprocal_relations_ask_for_heads_as_for_tails(factory, formula, key):
    model = factory(N, R, DIM, init_scale=1.0, reciprocal=True)
    params = model.init(key)
    assert len(params["relation"]) == 2 * R
    found = scored(model, params, RELATION + R)
    assert_close(found, np.array(expected(formula, params, RELATION + R, inverse=False)))


@each
def test_a_fact_scores_the_same_from_either_end(factory, formula, key):
    del formula
    model = factory(N, R, DIM, init_scale=1.0)
    reps, score = model.encode(model.init(key), None), jax.jit(model.score)
    h, r, t = (np.array([row]) for row in (3, 1, 5))
    forth, back = score(reps, (h, r), t), score(reps, (t, r + R), h)
    assert_close(forth, wide(back))


def test_a_relation_of_distmult_is_symmetric_and_of_complex_need_not_be(key):
    entity, relation = np.array([0, 1]), np.array([0, 0])
    scores = []
    for factory in (distmult, complex_kge):
        model = factory(N, R, DIM, init_scale=1.0)
        reps = model.encode(model.init(key), None)
        scores.append(np.asarray(jax.jit(model.score)(reps, (entity, relation), entity)))
    assert_close(scores[0][0, 1], wide(scores[0][1, 0]))
    assert abs(scores[1][0, 1] - scores[1][1, 0]) > 1e-2


def test_real_vectors_make_complex_distmult(key):
    model = complex_kge(N, R, DIM, init_scale=1.0)
    real = np.float32(np.arange(DIM) < DIM // 2)
    params = {
        name: table * real for name, table in jax.tree.map(np.asarray, model.init(key)).items()
    }
    assert_close(
        scored(model, params, RELATION), wide(scored(distmult(N, R, DIM), params, RELATION))
    )


@pytest.mark.parametrize("factory", [transe, rotate])
def test_what_lies_where_it_should_is_nearest_with_a_finite_gradient(factory, key):
    model = factory(N, R, DIM, init_scale=1.0)
    params = jax.tree.map(np.array, model.init(key))
    params["entity"][1], params["relation"][:] = params["entity"][0], 0
    zero, one = jnp.array([0]), jnp.array([[1]])
    near = lambda params: model.score(model.encode(params, None), (zero, zero), one).sum()
    value, slope = jax.jit(jax.value_and_grad(near))(params)
    assert value == 0 and all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


@pytest.mark.parametrize(
    ("power", "size"),
    [(3.0, jnp.square), (2.0, jnp.square), (3.0, squares)],
    ids=["n3", "l2", "complex-n3"],
)
@pytest.mark.parametrize("shared", [True, False])
def test_norms_are_the_mean_over_facts_of_a_third_of_three(power, size, shared, key):
    model = complex_kge(N, R, DIM, init_scale=1.0)
    reps = model.encode(model.init(key), None)
    answer = np.array([2, 5, 0])
    item = jnp.arange(N) if shared else jnp.array([[2, 1], [5, 5], [0, 3]])
    label = np.eye(N)[answer] if shared else np.eye(2)[np.zeros(3, int)]
    mask = np.ones(label.shape, bool)
    mask[2] = False  # Padding.
    query = jnp.asarray(ENTITY[:3]), jnp.asarray(RELATION[:3] + np.array([0, R, 0]))
    batch = Batch(query, item, jnp.asarray(label, jnp.float32), jnp.asarray(mask))
    modulus = lambda row: np.abs(planes(row) if size is squares else row)
    entity, relation = wide(reps.entity), wide(reps.relation)
    weigh = lambda row: np.sum(modulus(row) ** power)
    facts = [(entity[ENTITY[n]], relation[RELATION[n]], entity[answer[n]]) for n in range(2)]
    expected = np.mean([np.mean([weigh(row) for row in fact]) for fact in facts])
    term = partial(norms(power, size), {})
    np.testing.assert_allclose(jax.jit(term)(reps, batch), expected, rtol=1e-5)


def test_norms_whose_slope_at_zero_is_not_finite_are_refused():
    with pytest.raises(InputError, match="power is 1.5; give 2 or more"):
        norms(1.5)


def test_norms_of_rows_of_zeros_have_a_finite_gradient():
    tables = {"entity": np.zeros((N, DIM)), "relation": np.zeros((R, DIM))}
    params = jax.tree.map(jnp.asarray, tables)
    reps = complex_kge(N, R, DIM, init_scale=1.0).encode(params, None)
    query = jnp.array([0]), jnp.array([0])
    batch = Batch(query, jnp.array([[1]]), jnp.array([[1.0]]), ONE)
    slope = jax.jit(jax.grad(lambda reps: norms(3.0, squares)({}, reps, batch)))(reps)
    assert all(np.isfinite(leaf).all() for leaf in slope)


def test_the_gradient_of_the_nuclear_norm_is_the_numbers_times_their_moduli(key):
    model = complex_kge(N, R, DIM, init_scale=1.0)
    reps = model.encode(model.init(key), None)
    query = jnp.array([4]), jnp.array([1])
    batch = Batch(query, jnp.array([[5]]), jnp.array([[1.0]]), ONE)
    slope = jax.jit(jax.grad(lambda reps: norms(3.0, squares)({}, reps, batch)))(reps)
    row = planes(wide(reps.entity)[5])
    np.testing.assert_allclose(
        planes(wide(slope.entity)[5]), np.abs(row) * row, rtol=1e-5
    )  # Of |z|^3 / 3.


def test_users_items_are_entities_after_the_users(key):
    model = twhin(N, R, DIM)
    reps = model.encode(model.init(key), None)
    users, items = jnp.array([1, 0]), jnp.array([2, 3])
    expected = model.score(reps, (users, jnp.array([1, 1])), items + 2)
    found = over_items(model, n_users=2, relation=1).score(reps, users, items)
    np.testing.assert_array_equal(found, expected)


def test_users_and_a_relation_that_are_not_there_are_refused(key):
    model = twhin(N, R, DIM)
    reps = model.encode(model.init(key), None)
    rows = jnp.array([0])
    with pytest.raises(InputError, match="n_users is -1; give 0 or more"):
        over_items(model, n_users=-1)
    with pytest.raises(InputError, match="relation is -1; give 0 or more"):
        over_items(model, n_users=2, relation=-1)
    with pytest.raises(InputError, match="n_users is 7, which leaves no items of 7 entities"):
        over_items(model, n_users=N).score(reps, rows, rows)
    beyond = jax.jit(over_items(model, n_users=2, relation=2 * R).score)
    with pytest.raises(InputError, match="relation is 6 but there are 3 relation vectors; give 0"):
        beyond(reps, rows, rows)
    heads = over_items(model, n_users=2, relation=2 * R - 1).score(reps, rows, rows)
    np.testing.assert_array_equal(heads, model.score(reps, (rows, rows + 2 * R - 1), rows + 2))


@pytest.mark.parametrize("factory", [complex_kge, rotate])
def test_an_odd_width_of_complex_numbers_is_refused(factory):
    with pytest.raises(InputError, match="dim is 5, which is odd"):
        factory(N, R, 5)


def test_sizes_below_one_are_refused():
    with pytest.raises(InputError, match="n_relations is 0; give 1 or more"):
        twhin(N, 0)


def test_towers_of_a_relation_score_as_the_model_does(key):
    model = twhin(N, R, DIM)
    reps = model.encode(model.init(key), None)
    two = towers(reps, 2, range(0, 3), range(3, 7))
    query = np.arange(3), np.full(3, 2)
    expected = jax.jit(model.score)(reps, query, np.arange(3, 7))
    assert_close(jax.jit(dot)(two, np.arange(3), np.arange(4)), expected)


def test_towers_beyond_the_tables_are_refused(key):
    reps = twhin(N, R, DIM).encode(twhin(N, R, DIM).init(key), None)
    with pytest.raises(InputError, match="relation 3 of heads .* there are 3 relations"):
        towers(reps, 3, range(2), range(2, 4))
    with pytest.raises(InputError, match="7 entities"):
        towers(reps, 0, range(2), range(2, 8))
