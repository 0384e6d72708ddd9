"""Row orders in which neighbors in the graph are neighbors in memory.

A step of propagation gathers a row of features for every edge; most of its time goes to rows that
have left the cache. Rows are free to be numbered in any order, so they are numbered by place: a
spectral embedding of the graph, bisected recursively along its widest coordinate.
"""

import dataclasses

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.data import Interactions
from jaxrec.graph.csr import matrix

N_DIMS = 8
N_ITERATIONS = 24
ORTHOGONAL_EVERY = 4
LEAF = 64
"""Rows that are left in any order: 64 rows of width 64 are 16 KiB."""


def by_appearance(
    interactions: Interactions,
) -> tuple[Int[np.ndarray, "U"], Int[np.ndarray, "I"]]:
    """Users and items as they first occur, then those that do not: an order that reads no ids.

    >>> pairs = Interactions(np.int32([2, 0]), np.int32([1, 1]), n_users=3, n_items=2)
    >>> [order.tolist() for order in by_appearance(pairs)]
    [[2, 0, 1], [1, 0]]
    """
    return (
        _first_occurrence(interactions.user, interactions.n_users),
        _first_occurrence(interactions.item, interactions.n_items),
    )


def _first_occurrence(rows: Int[np.ndarray, "n"], n: int) -> Int[np.ndarray, "N"]:
    first = np.full(n, len(rows))
    found, where = np.unique(rows, return_index=True)
    first[found] = where
    return np.argsort(first, kind="stable")


def locality_order(
    interactions: Interactions, seed: int = 0
) -> tuple[Int[np.ndarray, "U"], Int[np.ndarray, "I"]]:
    """Orders of users and of items, each an array of old rows in their new order.

    Cost ``O(N_ITERATIONS * N_DIMS * E + N log N)``: half a second for a million interactions.

    >>> pairs = Interactions(np.int32([0, 0, 1]), np.int32([0, 1, 1]), n_users=2, n_items=2)
    >>> [sorted(order.tolist()) for order in locality_order(pairs)]
    [[0, 1], [0, 1]]
    """
    place = _embed(interactions, np.random.default_rng(seed))
    order = np.concatenate(_bisect(place, np.arange(len(place))))
    is_user = order < interactions.n_users
    return order[is_user], order[~is_user] - interactions.n_users


def renumber(
    interactions: Interactions, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]
) -> Interactions:
    """The same interactions with users and items in these orders; row ``r`` was ``users[r]``."""
    new_user, new_item = np.argsort(users).astype(np.int32), np.argsort(items).astype(np.int32)
    return dataclasses.replace(
        interactions, user=new_user[interactions.user], item=new_item[interactions.item]
    )


def _embed(interactions: Interactions, rng: np.random.Generator) -> Float[np.ndarray, "N d"]:
    """Leading eigenvectors of the random walk, but for the constant one, by subspace iteration."""
    likes = matrix(interactions)
    degree = np.concatenate([likes.sum(1), likes.sum(0)])  # [N]
    root = np.sqrt(np.maximum(degree, 1)).astype(np.float32)
    users, items = root[: interactions.n_users], root[interactions.n_users :]
    walk = scipy.sparse.csr_array(likes / users[:, None] / items[None, :])
    back = scipy.sparse.csr_array(walk.T)
    constant = root / np.linalg.norm(root)
    x = rng.standard_normal((len(root), N_DIMS), np.float32)
    for iteration in range(N_ITERATIONS):
        # The identity is added so that eigenvalue -1 of a bipartite graph does not lead.
        x += np.concatenate([walk @ x[len(users) :], back @ x[: len(users)]])
        x -= constant[:, None] * (constant @ x)
        if iteration % ORTHOGONAL_EVERY == 0:
            x, _ = np.linalg.qr(x)
    return x / root[:, None]


def _bisect(
    place: Float[np.ndarray, "N d"], rows: Int[np.ndarray, "n"]
) -> list[Int[np.ndarray, "_"]]:
    if len(rows) <= LEAF:
        return [rows]
    widest = place[rows].var(axis=0).argmax()
    rows = rows[np.argsort(place[rows, widest], kind="stable")]
    half = len(rows) // 2
    return _bisect(place, rows[:half]) + _bisect(place, rows[half:])
