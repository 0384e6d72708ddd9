"""What every model of sessions that does all its work in ``init`` must hold."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.models import decayed_item_knn, markov, markov_with_repeats
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, all_scores, compiled, query, stored

TRAIN = stored(LISTS)
BUILD = {
    "markov": partial(markov, TRAIN, N_ITEMS, n_successors=4),
    "markov_with_repeats": partial(markov_with_repeats, TRAIN, N_ITEMS, n_first=2),
    "decayed_item_knn": partial(decayed_item_knn, TRAIN, N_ITEMS, n_last=3),
}
MODELS = {name: build() for name, build in BUILD.items()}
every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@every
def test_shapes_are_known_before_anything_is_counted(model, key):
    shapes, params = jax.eval_shape(model.init, key), model.init(key)
    for name, array in params.items():
        assert (array.shape, array.dtype) == (shapes[name].shape, shapes[name].dtype)


@every
def test_init_works_under_jit(model, key):
    jax.tree.map(np.testing.assert_array_equal, jax.jit(model.init)(key), model.init(key))


@every
def test_shared_and_listed_candidates_agree(model, key):
    reps, queries = model.encode(model.init(key), None), query(ASKED)
    shared = jnp.array([5, 2, 11, 5, 0])
    listed = jnp.tile(shared, (len(ASKED), 1))
    scores = compiled(model.score, reps, queries, shared)
    assert scores.shape == (len(ASKED), 5)
    np.testing.assert_array_equal(scores, compiled(model.score, reps, queries, listed))
    np.testing.assert_array_equal(scores, all_scores(model, ASKED)[:, shared])


@every
def test_padding_changes_nothing(model):
    wide = all_scores(model, ASKED, width=16)
    np.testing.assert_allclose(wide, all_scores(model, ASKED), rtol=1e-6)


@every
def test_of_a_session_without_items_all_items_are_alike(model):
    assert not all_scores(model, [[]], width=4).any()


@pytest.mark.parametrize("name", BUILD)
def test_equal_options_share_what_is_compiled(name):
    assert BUILD[name]().score is BUILD[name]().score
