"""Five users, six items and six facts, small enough to work everything out again by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import scipy.sparse

from jaxrec.base import Batch
from jaxrec.data import (
    Interactions,
    KnowledgeGraph,
    Linked,
    NodeGraph,
    NodeLabels,
    Relation,
    Triples,
)
from jaxrec.ops import propagate

ROWS = np.array(
    # user, item, time: out of order, degrees that differ, one pair twice, no one has item 5.
    [(1, 0, 50), (0, 0, 30), (0, 1, 10), (2, 0, 20), (0, 3, 20), (2, 4, 10), (3, 1, 5), (3, 2, 7)]
    + [(0, 2, 40), (1, 2, 40), (3, 1, 9), (3, 3, 8), (2, 3, 15)],
    np.int64,
)
N_USERS, N_ITEMS = 5, 6
N_NODES = N_USERS + N_ITEMS
USER, ITEM = ROWS[:, 0].astype(np.int32), ROWS[:, 1].astype(np.int32)
TRAIN = Interactions(USER, ITEM, N_USERS, N_ITEMS, time=ROWS[:, 2])
RATED = replace(TRAIN, rating=np.linspace(1, 5, len(TRAIN), dtype=np.float32))
"""The same with ratings."""
LIKES = np.zeros((N_USERS, N_ITEMS))
LIKES[USER, ITEM] = 1

FRIENDS = Relation("user", "user", np.int32([0, 1]), np.int32([2, 2]), N_USERS, N_USERS)
RELATIONS = {"social": FRIENDS}
"""Users 0 and 1 trust user 2."""
RING = np.int32([0, 1, 1, 2, 2, 0, 2, 3]), np.int32([1, 0, 2, 1, 0, 2, 3, 2])
NODES = NodeLabels(
    np.int32([0, 3]),
    np.int32([1, 0]),
    NodeGraph(*RING, 5, scipy.sparse.csr_array(np.eye(5, 7, 1, dtype=np.float32))),
    n_classes=2,
)
"""Two labeled nodes of five, of which the last has no edge."""

FACTS = np.array([(0, 0, 6), (1, 0, 6), (1, 1, 7), (2, 1, 7), (7, 0, 3), (6, 1, 2)], np.int32)
"""Head, relation, tail; entities 0 to 5 are the items, in reverse; no fact has entity 4."""
N_ENTITIES, N_RELATIONS = 8, 2
ENTITY = np.arange(N_ITEMS, dtype=np.int32)[::-1].copy()
KNOWLEDGE = Linked(
    KnowledgeGraph(
        "facts",
        Triples(*np.ascontiguousarray(FACTS.T), N_ENTITIES, N_RELATIONS),
        pl.Series([f"entity {n}" for n in range(N_ENTITIES)]),
        pl.Series(["is", "has"]),
        None,
        {},
    ),
    ENTITY,
)


def joined(r, self_loops=False):
    """``deg_receiver^-r deg_sender^(r - 1)`` where there is an edge, users first."""
    edge = np.block([[np.zeros((N_USERS, N_USERS)), LIKES], [LIKES.T, np.zeros((N_ITEMS,) * 2)]])
    edge += np.eye(N_NODES) * self_loops
    degree = np.maximum(edge.sum(1), 1)
    return edge / (degree[:, None] ** r * degree[None] ** (1 - r))


def matrix_of(graph):
    """A prepared graph as the matrix that it multiplies by."""
    return np.asarray(jax.jit(propagate)(jnp.eye(N_NODES), graph))


DIM = 3
LISTED = Batch(
    query=jnp.array([0, 3, 0, 2]),
    item=jnp.array([[1, 4, 5, 4], [2, 0, 5, 4], [3, 5, 4, 5], [4, 1, 2, 3]]),
    label=jnp.array([[1.0, 0, 0, 0]] * 4),
    mask=jnp.array([[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0], [1, 0, 1, 1]], bool),
    log_q=None,
)
"""A user occurs twice, and some candidates are masked."""


def mf_scores(params, temperature=None):
    user, item = (np.asarray(params[name], np.float64) for name in ("user", "item"))
    if temperature is not None:
        user, item = (t / np.linalg.norm(t, axis=1, keepdims=True) for t in (user, item))
    scores = np.einsum("bd,bcd->bc", user[np.asarray(LISTED.query)], item[np.asarray(LISTED.item)])
    return scores / (temperature or 1)
