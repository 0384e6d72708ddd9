from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Ratings
from jaxrec.sampling import rating_uniform
from tests.sampling.small import N_DRAWS, assert_law

TABLE = Ratings(jnp.array([3, 0, 3, 1]), jnp.array([7, 7, 2, 2]), jnp.array([5.0, 1.0, 4.5, 2.0]))
draw = jax.jit(partial(rating_uniform, batch_size=N_DRAWS))


def test_every_candidate_carries_the_rating_of_its_own_pair(key):
    batch = draw(key, TABLE)
    assert batch.query.shape == (N_DRAWS,)
    assert batch.item.shape == batch.label.shape == batch.mask.shape == (N_DRAWS, 1)
    triples = lambda *columns: set(zip(*(column.tolist() for column in columns), strict=True))
    assert triples(batch.query, batch.item[:, 0], batch.label[:, 0]) == triples(*TABLE)
    assert batch.mask.all() and batch.log_q is None


def test_every_rating_is_equally_likely(key):
    row = np.searchsorted([1.0, 2.0, 4.5, 5.0], draw(key, TABLE).label[:, 0])
    assert_law(row, [1 / 4] * 4)


def test_keys_draw_different_batches_and_one_key_the_same(key):
    other = jax.random.fold_in(key, 1)
    assert (draw(key, TABLE).label == draw(key, TABLE).label).all()
    assert (draw(key, TABLE).label != draw(other, TABLE).label).any()


def test_batches_of_no_ratings_are_refused(key):
    with pytest.raises(InputError, match="batch_size is 0; give 1 or more"):
        rating_uniform(key, TABLE, 0)
