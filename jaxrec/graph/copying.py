"""Graphs that could have been observed: lists of some nodes replaced by those of similar nodes.

Pal et al., Bayesian Graph Convolutional Neural Networks using Node Copying, 2019,
https://arxiv.org/abs/1911.04965, for a graph of labeled nodes; Sun et al. (BGCF), KDD 2020,
https://doi.org/10.1145/3394486.3403254, for users and items. Partners are drawn by Jaccard
similarity; the latter paper's own law may differ.
"""

from typing import NamedTuple

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Float32, Int, Int32, Int64

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph.bipartite import bipartite
from jaxrec.graph.csr import matrix

N_TRIES = 1 << 18
"""Candidates a round, over all who have no partner yet: some 30 MB of them."""


class Copy(NamedTuple):
    """A graph in which some nodes hold the list of another.

    Attributes:
      graph: as ``bipartite`` with ``r=1`` lays it out, but directed: a user who receives from an
        item need not be one that the item receives from, for each side is copied alone.
      user_partner, item_partner: whose list each node would hold, whether it does or not.
    """

    graph: jraph.GraphsTuple
    user_partner: Int32[np.ndarray, "U"]
    item_partner: Int32[np.ndarray, "I"]


def node_copy(interactions: Interactions, eps: float, seed: int) -> Copy:
    """Draws a partner for every node and gives each the partner's list with probability ``eps``.

    Users copy users, items copy items, all from the observed lists at once. Weights are those of
    the mean, ``1 / |list|``.

    Raises:
      InputError: ``eps`` outside ``[0, 1]``, or what ``bipartite`` refuses.
    """
    _check_eps(eps)
    rng = np.random.default_rng(seed)
    turned = _turned(interactions)
    user_partner, item_partner = partners(interactions, rng), partners(turned, rng)
    of_users = bipartite(copied(interactions, user_partner, eps, rng), r=1.0)
    of_items = bipartite(_turned(copied(turned, item_partner, eps, rng)), r=1.0)
    # Sorted by receiver, so what users receive comes first.
    first_item = lambda graph: np.searchsorted(np.asarray(graph.receivers), interactions.n_users)
    end, start = first_item(of_users), first_item(of_items)
    halves = lambda name: (getattr(of_users, name)[:end], getattr(of_items, name)[start:])
    arrays = {name: np.concatenate(halves(name)) for name in ("edges", "senders", "receivers")}
    n_edge = np.array([len(arrays["edges"])], np.int32)
    return Copy(of_users._replace(n_edge=n_edge, **arrays), user_partner, item_partner)


def copied(
    interactions: Interactions,
    partner: Int[np.ndarray, "U"],
    eps: float,
    rng: np.random.Generator,
) -> Interactions:
    """Every user's list, or with probability ``eps`` that of their partner; pairs alone, each once.

    Raises:
      InputError: ``eps`` outside ``[0, 1]``.
    """
    _check_eps(eps)
    n_users = interactions.n_users
    source = np.where(rng.random(n_users) < eps, partner, np.arange(n_users))
    likes = matrix(interactions)[source]
    user = np.repeat(np.arange(n_users, dtype=np.int32), np.diff(likes.indptr))
    return Interactions(user, likes.indices.astype(np.int32), n_users, interactions.n_items)


def _check_eps(eps: float) -> None:
    if not 0 <= eps <= 1:
        raise InputError(f"eps, the probability of a copy, is {eps}; give 0 to 1")


def partners(interactions: Interactions, rng: np.random.Generator) -> Int32[np.ndarray, "U"]:
    """For every user another one, drawn by the Jaccard similarity of their lists.

    ``P(v | u)`` is proportional to ``shared / union`` over ``v != u``, exactly: uniform two-step
    walks ``u -> item -> v`` propose ``v`` by the number of shared items, and a share ``|N_u| /
    union`` of the proposals is accepted. Users who share no item with another are their own
    partner. Memory O(E); nothing of size ``[U, U]`` is made.

    >>> pairs = Interactions(np.int32([0, 1, 2]), np.int32([0, 0, 1]), n_users=3, n_items=2)
    >>> partners(pairs, np.random.default_rng(0)).tolist()
    [1, 0, 2]
    """
    likes = matrix(interactions)
    degree = np.diff(likes.indptr)
    walks = _walks(likes)
    partner = np.arange(len(degree), dtype=np.int32)
    pending = np.flatnonzero(walks.bounds[likes.indptr[1:]] > walks.bounds[likes.indptr[:-1]])
    while len(pending):
        n_tries = max(1, N_TRIES // len(pending))
        other = _propose(likes, walks, np.repeat(pending[:, None], n_tries, axis=1), rng)
        larger = np.maximum(degree[pending][:, None], degree[other])
        # Accepted in two steps, |N_u| / larger and larger / union, for only the latter needs the
        # lists themselves. It is at least a half, so it is asked of one candidate a user a round.
        passed = rng.random(other.shape) * larger < degree[pending][:, None]
        row = np.flatnonzero(passed.any(axis=1))
        column = passed[row].argmax(axis=1)
        user, mate = pending[row], other[row, column]
        union = degree[user] + degree[mate] - _shared(likes, user, mate)
        accepted = rng.random(len(row)) * union < larger[row, column]
        partner[user[accepted]] = mate[accepted]
        pending = np.delete(pending, row[accepted])
    return partner


class _Walks(NamedTuple):
    """Walks ``u -> item -> v`` with ``v != u``, numbered by their first edge and then by ``v``.

    Attributes:
      bounds: edge ``e`` of the matrix begins walks ``bounds[e]`` to ``bounds[e + 1] - 1``.
      holders: users by item, ``starts`` where each item's begin.
      place: where each edge's own user stands in ``holders``.
    """

    bounds: Int64[np.ndarray, "E+1"]
    holders: Int64[np.ndarray, "E"]
    starts: Int64[np.ndarray, "I+1"]
    place: Int64[np.ndarray, "E"]


def _walks(likes: scipy.sparse.csr_array) -> _Walks:
    by_item = np.argsort(likes.indices, kind="stable")
    degree = np.diff(likes.indptr)
    holders = np.repeat(np.arange(len(degree)), degree)[by_item]
    n_holders = np.bincount(likes.indices)
    place = np.empty_like(by_item)
    place[by_item] = np.arange(len(by_item))
    bounds = np.concatenate([[0], np.cumsum(n_holders[likes.indices] - 1)])
    return _Walks(bounds, holders, np.concatenate([[0], np.cumsum(n_holders)]), place)


def _propose(likes, walks: _Walks, user: Int[np.ndarray, "n T"], rng) -> Int[np.ndarray, "n T"]:
    """Ends of uniform walks from these users."""
    walk = rng.integers(walks.bounds[likes.indptr[user]], walks.bounds[likes.indptr[user + 1]])
    edge = np.searchsorted(walks.bounds, walk, side="right") - 1
    place = walks.starts[likes.indices[edge]] + walk - walks.bounds[edge]
    return walks.holders[place + (place >= walks.place[edge])]  # Past the user's own.


def _shared(likes, a: Int[np.ndarray, "n"], b: Int[np.ndarray, "n"]) -> Float32[np.ndarray, "n"]:
    """Items that both have."""
    return likes[a].multiply(likes[b]).sum(axis=1)


def _turned(interactions: Interactions) -> Interactions:
    """Users as items and items as users."""
    n_users, n_items = interactions.n_items, interactions.n_users
    return Interactions(interactions.item, interactions.user, n_users, n_items)
