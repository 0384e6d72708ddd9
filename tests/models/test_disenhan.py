"""DisenHAN against its formulas in NumPy, node by node and relation by relation."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.data import Triples
from jaxrec.losses import bpr
from jaxrec.models import disenhan
from jaxrec.models.disenhan import typed_graph
from jaxrec.train import objective, rank
from tests.models.small import wide
from tests.models.social import (
    ITEM,
    NEW_ITEM,
    NEW_USER,
    TRAIN,
    USER,
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    filled,
    moved,
)

N_ENTITIES = 7
ENTITY = np.int32([2, 0, 1, 3])  # Of items 0 to 3; entities 4 to 6 are brands and kinds.
FACTS = Triples(
    np.int32([2, 0, 1, 3]), np.int32([0, 0, 1, 1]), np.int32([4, 4, 5, 6]), N_ENTITIES, 2
)
GRAPH = typed_graph(TRAIN, FACTS, ENTITY)
MODEL = disenhan(GRAPH, U, I, dim=6, n_facets=3, n_rounds=2)


@pytest.fixture
def params(key):
    return filled(MODEL, key)


def neighbors():
    """By node and relation, the nodes that are heard."""
    near = {}
    add = lambda to, relation, of: near.setdefault(int(to), {}).setdefault(relation, []).append(of)
    for user, item in zip(USER, ENTITY[ITEM], strict=True):
        add(user, 0, U + item)
        add(U + item, 1, user)
    for head, relation, tail in zip(FACTS.head, FACTS.relation, FACTS.tail, strict=True):
        add(U + head, 2 + 2 * relation, U + tail)
        add(U + tail, 3 + 2 * relation, U + head)
    return near


def by_hand(params, n_facets=3, n_rounds=2, n_layers=2):
    x = np.concatenate([wide(params["user"]), wide(params["entity"])])
    relu, near = lambda z: np.maximum(z, 0), neighbors()
    for k in range(n_layers):
        layer = {name: wide(value) for name, value in params[f"layer_{k}"].items()}
        y = np.array([row @ layer["types"][int(n >= U)] for n, row in enumerate(x)])
        own = (x if k == n_layers - 1 else y).reshape(len(x), n_facets, -1)
        y, out = y.reshape(own.shape), []
        for n in range(len(x)):
            seen, relations = own[n], near.get(n, {})
            weight = {r: np.ones(n_facets) for r in relations}
            for _ in range(n_rounds):
                fed = np.zeros_like(seen)
                for r, others in relations.items():
                    logit = [
                        weight[r] @ relu(seen @ layer["receiver"][r] + y[j] @ layer["sender"][r])
                        for j in others
                    ]
                    p = np.exp(logit) / np.sum(np.exp(logit))
                    value = relu(np.einsum("j,jkw->kw", p, y[others])) @ layer["value"]
                    told = np.exp(np.tanh(value) @ layer["facet"][r])
                    weight[r] = told / told.sum()
                    fed += weight[r][:, None] * value
                seen = own[n] + fed
                seen = seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-30)
            out.append(seen.reshape(-1))
        x = np.array(out) if k == n_layers - 1 else relu(np.array(out))
    return x[:U] @ x[U + ENTITY].T


def test_scores_are_those_of_the_formulas(params):
    np.testing.assert_allclose(all_scores(MODEL, params, GRAPH), by_hand(params), atol=2e-5)


def test_numbers_of_rows_and_the_order_of_facts_change_nothing(params):
    before = all_scores(MODEL, params, GRAPH)
    user, item = (rows.astype(np.int32) for rows in (NEW_USER[USER][::-1], NEW_ITEM[ITEM][::-1]))
    train = dataclasses.replace(TRAIN, user=user, item=item)
    graph = typed_graph(train, FACTS.take(np.array([3, 1, 0, 2])), ENTITY[np.argsort(NEW_ITEM)])
    after = all_scores(MODEL, params | {"user": moved(params["user"], NEW_USER)}, graph)
    np.testing.assert_allclose(after[np.ix_(NEW_USER, NEW_ITEM)], before, atol=2e-5)


def test_without_types_facts_change_nothing(params):
    bare = typed_graph(TRAIN, FACTS, ENTITY, typed=False)
    none = typed_graph(TRAIN, FACTS.take(np.zeros(0, np.int64)), ENTITY)
    found = all_scores(MODEL, params, bare), all_scores(MODEL, params, none)
    np.testing.assert_allclose(*found, rtol=1e-6)
    assert int(bare.n_relations) == 2 and not np.allclose(found[0], by_hand(params), atol=1e-2)


def test_training_traces_once_and_reaches_every_table(params):
    column = jnp.array([[0, 3], [2, 1]])
    batch = Batch(jnp.array([1, 0]), column, jnp.array([[1.0, 0.0]] * 2), jnp.ones((2, 2), bool))
    loss = objective(MODEL, rank=(1.0, rank(MODEL, bpr)))
    slope = lambda p, g, key: loss(p, g, batch, key)[0]
    assert_one_trace_and_finite_gradients(MODEL, params, GRAPH, slope)


def test_facets_must_divide_the_width():
    with pytest.raises(InputError, match="facets that divide dim"):
        disenhan(GRAPH, U, I, dim=7, n_facets=2)


def test_dropout_draws_by_key(params):
    one, other = (MODEL.encode(params, GRAPH, key=jax.random.key(n)).query for n in (0, 1))
    assert not np.allclose(one, other)
