"""Small sessions, and a way to ask a model of sessions about lists of items."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.graph import SessionQuery, Sessions

N_ITEMS = 12
RNG = np.random.default_rng(0)
LISTS = [RNG.integers(0, 9, n).tolist() for n in (7, 1, 0, 5, 9, 2, 6, 8)] + [[9, 10]]
"""Nobody had item 11, nothing followed 10, and nothing came before 9."""
ASKED = [[3], [2, 2, 7], [5, 1, 0, 4, 1, 6, 8], [10], [11, 10, 9], [0, 11]]
"""Shorter and longer than what models read of a session."""


def stored(lists):
    indptr = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    item = np.array([item for one in lists for item in one], np.int32)
    return Sessions(indptr, item, np.arange(len(lists)))


def query(lists, width=None):
    """Padded to ``width``, or to the longest."""
    width = width or max(map(len, lists))
    item, mask = np.zeros((len(lists), width), np.int32), np.zeros((len(lists), width), bool)
    for row, one in enumerate(lists):
        item[row, : len(one)], mask[row, : len(one)] = one, True
    return SessionQuery(jnp.asarray(item), jnp.asarray(mask))


@partial(jax.jit, static_argnums=0)
def compiled(score, reps, queries, items):
    return score(reps, queries, items)


def all_scores(model, lists, width=None):
    """``[B, I]`` of lists of items."""
    reps = model.encode(model.init(jax.random.key(0)), None)
    return np.asarray(compiled(model.score, reps, query(lists, width), jnp.arange(N_ITEMS)))
