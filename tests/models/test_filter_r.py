"""The exponent-r filter against its dense formula."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.models import filter_r
from jaxrec.models.filter_r import filter_table
from jaxrec.rank import top_lists
from tests.models.twins import D_I, D_U, QUERIES, M, R, U, history, power


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum", "chunked"])
def test_scores_are_the_formula(r, formulation):
    model = filter_r(U, M)
    reps = model.encode({}, history(r, formulation))
    scores = model.score(reps, QUERIES, jnp.arange(M))
    walk = power(D_I, r - 1) @ R.T @ power(D_U, -1) @ R @ power(D_I, -r)
    np.testing.assert_allclose(scores, (R @ walk)[QUERIES], rtol=1e-5, atol=1e-6)


def test_a_new_user_gets_what_an_old_one_with_the_same_items_gets():
    model = filter_r(U, M)
    reps = model.encode({}, history())
    old = model.score(reps, jnp.arange(U), jnp.arange(M))
    turned = history()  # The same users in reverse.
    rows = [np.flatnonzero(R[row]) for row in range(U)][::-1]
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    likes = turned.likes._replace(indptr=indptr, indices=np.concatenate(rows).astype(np.int32))
    new = model.score(model.fold_in(reps, likes), jnp.arange(U), jnp.arange(M))
    np.testing.assert_allclose(new[::-1], old, rtol=1e-5, atol=1e-7)


def test_weights_of_a_history_scale_what_its_items_add():
    model, graph = filter_r(U, M), history()
    weight = np.linspace(0.1, 1, len(graph.likes.indices)).astype(np.float32)
    reps = model.encode({}, graph._replace(weight=jnp.asarray(weight)))
    table = np.zeros((U, M))
    table[np.repeat(np.arange(U), np.diff(graph.likes.indptr)), graph.likes.indices] = weight
    walk = power(D_I, -0.5) @ R.T @ power(D_U, -1) @ R @ power(D_I, -0.5)
    scores = model.score(reps, jnp.arange(U), jnp.arange(M))
    np.testing.assert_allclose(scores, table @ walk, rtol=1e-5, atol=1e-6)
    plain = model.score(model.encode({}, graph), jnp.arange(U), jnp.arange(M))
    folded = model.score(model.fold_in(reps, graph.likes), jnp.arange(U), jnp.arange(M))
    np.testing.assert_array_equal(folded, plain)  # A new user's items have no times.


@pytest.mark.parametrize("weighted", [False, True])
def test_a_table_of_all_entries_has_the_scores_and_lists_of_the_graph(weighted):
    model, graph = filter_r(U, M), history(0.3)
    if weighted:
        weight = np.linspace(0.1, 1, len(graph.likes.indices)).astype(np.float32)
        graph = graph._replace(weight=jnp.asarray(weight))
    table = graph._replace(graph=filter_table(graph.likes, M, 0.3, M))
    for items in (jnp.arange(M), jnp.array([[2, 0]] * len(QUERIES))):
        expected = model.score(graph, QUERIES, items)
        found = model.score(table, QUERIES, items)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    sparse, dense = (top_lists(model.score, reps, np.arange(U), M, M) for reps in (table, graph))
    np.testing.assert_allclose(sparse.score, dense.score, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(sparse.item[:, 0], dense.item[:, 0])
