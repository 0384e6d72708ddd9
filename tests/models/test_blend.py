"""A blend of two models against the sum of their standardized scores."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Csr, bipartite
from jaxrec.models import blend, filter_r, lightgcn_item, mf, xsimgcl
from jaxrec.models.lightgcn_item import ItemGraph
from tests.models.small import wide
from tests.models.twins import D_I, QUERIES, TRAIN, M, U, history

EVERY = jnp.asarray(np.arange(M))


def encoded(model, key, graph):
    return jax.jit(lambda key, graph: model.encode(model.init(key), graph))(key, graph)


def test_scores_are_the_weighted_sum_of_scores_in_deviations(key):
    tables, walk = mf(U, M, dim=3), filter_r(U, M)
    both = blend([walk, tables], [1.0, 0.5], M)
    reps = encoded(both, key, (history(), None))
    expected = np.zeros((len(QUERIES), M))
    for model, each, weight in ((walk, reps[0], 1.0), (tables, reps[1], 0.5)):
        scores = wide(jax.jit(model.score)(each, QUERIES, EVERY))
        far = scores.std(1, keepdims=True)
        expected += weight * scores / np.where(far > 0, far, 1)
    score = jax.jit(both.score)
    np.testing.assert_allclose(score(reps, QUERIES, EVERY), expected, rtol=1e-4)
    listed = np.array([[0, 3], [1, 1], [6, 2], [5, 4], [2, 0]])
    np.testing.assert_allclose(
        score(reps, QUERIES, listed), np.take_along_axis(expected, listed, 1), rtol=1e-4
    )


def test_it_folds_in_where_all_its_parts_do():
    assert blend([filter_r(U, M)], [1.0], M).fold_in is not None
    assert blend([filter_r(U, M), mf(U, M)], [1.0, 1.0], M).fold_in is None


def test_a_user_folded_in_is_folded_into_every_part(key):
    parts, graph = [filter_r(U, M), lightgcn_item(U, M, dim=3)], history()
    items = ItemGraph(graph.graph, jnp.asarray(D_I, jnp.float32), jnp.float32(0.5))
    both = blend(parts, [1.0, 2.0], M)
    reps = encoded(both, key, (graph, items))
    new = Csr(*map(jnp.array, ([0, 2, 3], [1, 4, 0], [0, 1])))
    asked = jnp.array([1, 0])

    @partial(jax.jit, static_argnums=0)
    def folded(model, reps):
        return model.score(model.fold_in(reps, new), asked, EVERY)

    expected = np.zeros((2, M))
    for model, each, weight in zip(parts, reps, (1.0, 2.0), strict=True):
        scores = wide(folded(model, each))
        expected += weight * scores / scores.std(1, keepdims=True)
    np.testing.assert_allclose(folded(both, reps), expected, rtol=1e-4)


def test_a_weight_for_every_model():
    with pytest.raises(InputError, match="1 weights for 2 models"):
        blend([mf(U, M), mf(U, M)], [1.0], M)
    with pytest.raises(InputError, match="a weight is nan; give finite numbers"):
        blend([mf(U, M)], [float("nan")], M)


def test_every_part_has_a_key_of_its_own(key):
    graph = bipartite(TRAIN)
    model = xsimgcl(U, M, dim=3)
    both = blend([model, model], [1.0, 1.0], M)
    params = both.init(key)
    assert (params["0"]["item"] != params["1"]["item"]).all()
    first, second = jax.jit(both.encode)(
        {"0": params["0"], "1": params["0"]}, (graph, graph), key=key
    )
    assert not np.allclose(first.item, second.item)


def test_a_user_who_scores_all_alike_has_a_finite_gradient(key):
    both = blend([mf(U, M, dim=3), mf(U, M, dim=2)], [1.0, 1.0], M)
    params = both.init(key)
    params["0"] |= {"user": np.asarray(params["0"]["user"]) * (np.arange(U) > 0)[:, None]}
    users, items = jnp.array([0, 1]), jnp.array([1, 2])
    total = lambda params: jnp.sum(both.score(both.encode(params, (None, None)), users, items))
    slope = jax.jit(jax.grad(total))(params)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))
