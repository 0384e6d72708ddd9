"""A small user-item graph with an isolated user and item, and the slow twins' common parts."""

import dataclasses

import jraph
import numpy as np

from jaxrec.data import Interactions

N_USERS, N_ITEMS, DIM = 4, 5, 4
N_NODES = N_USERS + N_ITEMS
USER = np.array([0, 0, 0, 1, 2, 2], np.int32)  # User 3 and item 4 have no edge.
ITEM = np.array([0, 1, 2, 0, 1, 3], np.int32)
TRAIN = Interactions(USER, ITEM, N_USERS, N_ITEMS)
RING = np.r_[0:6, 1:6, 0], np.r_[1:6, 0, 0:6]
"""Six nodes, each the neighbor of the next, both ways."""


def larger(train: Interactions, n_users: int, n_items: int) -> Interactions:
    """The same interactions among more users and items."""
    return dataclasses.replace(
        train, n_users=train.n_users + n_users, n_items=train.n_items + n_items
    )


def shuffled(graph: jraph.GraphsTuple, seed: int = 0) -> jraph.GraphsTuple:
    """The same graph with its edges in another order."""
    order = np.random.default_rng(seed).permutation(len(graph.senders))
    moved = {name: getattr(graph, name)[order] for name in ("edges", "senders", "receivers")}
    return graph._replace(**moved)


def dense(graph: jraph.GraphsTuple) -> np.ndarray:
    """``A[receiver, sender]`` in float64."""
    matrix = np.zeros((int(np.sum(graph.n_node)),) * 2)
    matrix[graph.receivers, graph.senders] = graph.edges
    return matrix


def wide(array) -> np.ndarray:
    """In float64."""
    return np.asarray(array, np.float64)


def stacked(params) -> np.ndarray:
    """The tables of users and items, one above the other, in float64."""
    return joined([params["user"], params["item"]])


def joined(tables) -> np.ndarray:
    """Tables, one above the other, in float64."""
    return np.concatenate([wide(table) for table in tables])


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length one; rows of zeros stay."""
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, length, out=np.zeros_like(x), where=length > 0)


def assert_close(value, expected):
    """Equal but for float32's rounding of sums of terms below one."""
    np.testing.assert_allclose(wide(value), expected, rtol=1e-5, atol=1e-6)
