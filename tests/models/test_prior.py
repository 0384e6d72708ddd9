"""The popularity prior: the formula, and that training does not see it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data.synthetic import checkerboard
from jaxrec.graph import Csr, bipartite, user_items
from jaxrec.models import WithShare, lightgcn_item, log_share, mf, with_prior
from jaxrec.models.lightgcn_item import ItemGraph
from jaxrec.ops import prepare
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.model_options import options_of
from jaxrec.tasks.ranking.candidates import sampler

TRAIN = checkerboard(8).train
SHARE = np.bincount(TRAIN.item, minlength=8) / len(TRAIN)


def scores_of(model, params, graph, queries, items):
    of = lambda params, graph, *asked: model.score(model.encode(params, graph), *asked)
    return np.asarray(jax.jit(of)(params, graph, queries, items))


def trained(training, params, key, batch):
    """Parameters after one step."""
    first, update = training.step.init(params, key), jax.jit(training.step.update)
    return update(first, training.graph, batch)[0].params


@pytest.mark.parametrize("weight", [-1.0, 0.0, 0.5])
def test_scores_are_the_model_s_and_the_weighted_log_of_the_share(weight, key):
    model, graph = mf(8, 8, dim=4), WithShare(None, log_share(user_items(TRAIN), 8))
    params, queries, items = model.init(key), np.array([1, 5]), np.array([0, 3, 7])
    plain = scores_of(model, params, None, queries, items)
    expected = plain + weight * np.log(SHARE[items])
    scores = scores_of(with_prior(model, weight), params, graph, queries, items)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_a_user_folded_in_has_it_too(key):
    degree = jnp.asarray(np.bincount(TRAIN.item, minlength=8), jnp.float32)
    walked = ItemGraph(prepare(bipartite(TRAIN), "bcsr", n_users=8), degree, jnp.float32(0.5))
    model = with_prior(lightgcn_item(8, 8, dim=4), 2.0)
    graph = WithShare(walked, log_share(user_items(TRAIN), 8))
    encode = lambda key, graph: model.encode(model.init(key), graph)
    reps = jax.jit(encode)(key, graph)
    own = TRAIN.item[TRAIN.user == 3].astype(np.int32)
    likes = Csr(np.int32([0, len(own)]), np.sort(own), np.int32([0]))
    assert model.fold_in is not None
    score, everything = jax.jit(model.score), np.arange(8)
    new = score(jax.jit(model.fold_in)(reps, likes), np.array([0]), everything)
    np.testing.assert_allclose(new, score(reps, np.array([3]), everything), rtol=1e-5)


def test_training_does_not_see_recency_and_serving_does(key):
    given = {"data": "movielens-small", "batch_size": 4, "dim": 4, "l2": 0.0}
    plain, recent = (
        build_training(options_of("lightgcn_item", **given, recency=recency), TRAIN)
        for recency in (None, 1.0)
    )
    params = plain.model.init(key)
    served = [jax.jit(each.model.encode)(params, each.graph).query for each in (plain, recent)]
    assert not np.allclose(*served)
    batch = jax.jit(sampler(options_of("lightgcn_item", **given), 8))(key, plain.tables)
    after = [trained(each, params, key, batch)["item"] for each in (plain, recent)]
    np.testing.assert_array_equal(*after)


@pytest.mark.parametrize("model", ["mf", "simgcl"])  # The second has a term of its own.
def test_training_does_not_see_it_and_serving_does(model, key):
    given = {"model": model, "data": "movielens-small", "batch_size": 4, "dim": 4}
    plain, adjusted = (
        build_training(options_of(**given, prior=prior), TRAIN) for prior in (0.0, 3.0)
    )
    params, asked = plain.model.init(key), (np.array([2]), np.arange(8))
    scores = [scores_of(each.model, params, each.graph, *asked) for each in (plain, adjusted)]
    np.testing.assert_allclose(scores[1], scores[0] + 3 * np.log(SHARE)[None], rtol=1e-5)
    batch = jax.jit(sampler(options_of(**given), 8))(key, plain.tables)
    after = [trained(each, params, key, batch)["item"] for each in (plain, adjusted)]
    np.testing.assert_array_equal(*after)
