"""Label smoothness against a recursion over neighbors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.data import Interactions, Triples
from jaxrec.graph import Csr
from jaxrec.models import kgcn, kgnn_ls, smoothness
from jaxrec.models.kgnn_ls import predicted_labels
from jaxrec.models.knowledge import surrounded, with_labels
from jaxrec.ops import contains
from tests.models.small import assert_close, wide
from tests.models.test_kgcn import ASKED, DIM, ENTITY, ITEMS, N_ITEMS, N_USERS, USERS, knowledge

POSITIVE = Interactions(np.int32([0, 0, 1, 2]), np.int32([0, 1, 4, 1]), N_USERS, N_ITEMS)
NEGATIVE = Interactions(np.int32([0, 1, 2]), np.int32([4, 3, 4]), N_USERS, N_ITEMS)
GRAPH = jax.tree.map(jnp.asarray, with_labels(knowledge(), POSITIVE, NEGATIVE))
MODEL = kgnn_ls(GRAPH, N_USERS, N_ITEMS, DIM, n_layers=2)
BATCH = Batch(
    *ASKED,
    jnp.array([[1.0, 0, 1], [0, 1, 0], [1, 1, 0]]),
    jnp.array([[True] * 3, [True, True, False], [True] * 3]),
)
INIT, ENCODE = jax.jit(MODEL.init), jax.jit(MODEL.encode)
PREDICT = jax.jit(predicted_labels, static_argnums=(3, 4))


def labels_of(pairs, user):
    return set(ENTITY[pairs.item[pairs.user == user]].tolist())


def by_recursion(params, user, item, n_layers, form):
    """The label that comes up after so many rounds, in float64."""
    table, held = jax.tree.map(np.asarray, GRAPH.related), ENTITY[item]
    g = wide(params["relation"]) @ wide(params["user"])[user] / DIM
    positive, negative = labels_of(POSITIVE, user), labels_of(NEGATIVE, user)

    def at(entity, rounds):
        if entity != held and entity in positive | negative:
            return float(entity in positive)
        real = table.mask[entity]
        if rounds == 0 or not real.any():
            return 0.5
        w = np.exp(g[table.relation[entity][real]])
        near = [at(other, rounds - 1) for other in table.entity[entity][real]]
        return w @ near / w.sum() / (real.sum() if form == "reference" else 1)

    return at(held, n_layers)


@pytest.mark.parametrize("form", ["paper", "reference"])
@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_predicted_labels_are_the_recursion(n_layers, form, key):
    params = jax.tree.map(lambda x: 3 * np.asarray(x), INIT(key))
    found = PREDICT(ENCODE(params, GRAPH), USERS, ITEMS, n_layers, form)
    expected = [
        [by_recursion(params, int(u), int(i), n_layers, form) for i in row]
        for u, row in zip(USERS, ITEMS, strict=True)
    ]
    assert_close(found, expected)
    assert len(np.unique(np.round(found, 4))) > 3


@pytest.mark.parametrize("form", ["paper", "reference"])
def test_the_term_is_the_cross_entropy_of_what_is_predicted(form, key):
    params = INIT(key)
    reps = ENCODE(params, GRAPH)
    found = wide(PREDICT(reps, USERS, ITEMS, 2, form))
    p = np.clip(found, 1e-4, 1 - 1e-4) if form == "paper" else 1 / (1 + np.exp(-found))
    y, where = wide(BATCH.label), np.asarray(BATCH.mask)
    expected = -np.mean((y * np.log(p) + (1 - y) * np.log(1 - p))[where])
    loss = jax.jit(smoothness(form))(params, reps, BATCH)
    np.testing.assert_allclose(loss, expected, rtol=1e-4)  # Logits of probabilities near 0 and 1.


def test_among_attributes_one_layer_learns_nothing_and_two_do(key):
    """Four items of two kinds: only two facts away does a user's label stand."""
    item, nobody = np.arange(4, dtype=np.int32), np.zeros(4, np.int32)
    facts = Triples(item, nobody, np.int32([4, 4, 5, 5]), n_entities=6, n_relations=1)
    likes = Interactions(nobody[:2], item[:2], 1, 4)
    dislikes = Interactions(nobody[:2], item[2:], 1, 4)
    graph = jax.tree.map(
        jnp.asarray, with_labels(surrounded(facts, item, 4, pad=True), likes, dislikes)
    )
    found = []
    for n_layers in (1, 2):
        model = kgnn_ls(graph, 1, 4, DIM, n_layers)
        reps = jax.jit(lambda key, model=model: model.encode(model.init(key), graph))(key)
        found.append(np.ravel(PREDICT(reps, nobody[:1], item[None], n_layers, "paper")))
    assert_close(found[0], [0.5] * 4)
    assert_close(found[1], [0.75, 0.75, 0.25, 0.25])  # Of two ways back, one leads to the other.


def test_a_held_out_label_has_no_influence_on_its_prediction(key):
    params = INIT(key)
    reps = ENCODE(params, GRAPH)
    for user in range(N_USERS):
        for item in range(N_ITEMS):
            turned = [
                Interactions(
                    np.append(pairs.user, np.int32(user)),
                    np.append(pairs.item, np.int32(item)),
                    N_USERS,
                    N_ITEMS,
                ).take(np.append((pairs.user != user) | (pairs.item != item), keep))
                for pairs, keep in ((POSITIVE, True), (NEGATIVE, False))
            ]
            other = reps._replace(graph=with_labels(GRAPH, *turned))
            asked = np.int32([user]), np.int32([[item]])
            one, two = (PREDICT(r, *asked, 3, "paper") for r in (reps, other))
            np.testing.assert_array_equal(one, two)


def test_the_gradient_reaches_users_and_relations(key):
    params = INIT(key)
    term = lambda params: smoothness()(params, MODEL.encode(params, GRAPH), BATCH)
    grad = jax.jit(jax.grad(term))(params)
    assert np.abs(grad["user"]).sum() > 0 and np.abs(grad["relation"]).sum() > 0
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(grad))
    assert not np.any(grad["entity"])  # Labels know nothing of vectors.


def test_labels_are_found_where_user_times_entity_overflows():
    n_users, last = 70_000, 70_000 - 1  # 70,000 squared is above 2^32.
    indptr = np.zeros(n_users + 1, np.int32)
    indptr[-1] = 2
    lists = Csr(indptr, np.int32([5, last]), np.int32([last]))
    rows, columns = np.int32([last, last, 1, last]), np.int32([last, 5, 5, 6])
    assert jax.jit(contains)(lists, rows, columns).tolist() == [True, True, False, False]


def test_without_labels_the_term_refuses():
    model = kgcn(knowledge(), N_USERS, N_ITEMS, DIM)
    reps = model.encode(model.init(jax.random.key(0)), knowledge())
    with pytest.raises(InputError, match="smoothness needs labels; give Knowledge with"):
        smoothness()({}, reps, BATCH)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_labels_take_as_many_rounds_as_the_model_has_layers(n_layers, key):
    model = kgnn_ls(GRAPH, N_USERS, N_ITEMS, DIM, n_layers)
    params = jax.jit(model.init)(key)
    reps = jax.jit(model.encode)(params, GRAPH)
    p = np.clip(wide(PREDICT(reps, USERS, ITEMS, n_layers, "paper")), 1e-4, 1 - 1e-4)
    y, where = wide(BATCH.label), np.asarray(BATCH.mask)
    expected = -np.mean((y * np.log(p) + (1 - y) * np.log(1 - p))[where])
    np.testing.assert_allclose(jax.jit(smoothness())(params, reps, BATCH), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("entity", "wrong"),
    [
        ([2, 0, -1, 5, 1], r"entity row -1 lies outside \[0, 8\)"),
        ([2, 0, 7, 8, 1], r"entity row 8 lies outside \[0, 8\)"),
        ([2, 0, 7, 5], "entity has 4 rows but there are 5 items"),
    ],
)
def test_labels_of_entities_that_are_not_there_are_refused(entity, wrong):
    graph = GRAPH._replace(entity=np.array(entity, np.int32))
    with pytest.raises(InputError, match=wrong):
        with_labels(graph, POSITIVE, NEGATIVE)


def test_shared_candidates_have_the_term_of_listed_ones(key):
    params = INIT(key)
    reps = ENCODE(params, GRAPH)
    term, item = jax.jit(smoothness()), ITEMS[0]
    batches = [BATCH._replace(item=items) for items in (np.tile(item, (3, 1)), item)]
    np.testing.assert_allclose(*(term(params, reps, batch) for batch in batches), rtol=1e-6)
