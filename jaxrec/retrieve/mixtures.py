"""Users as mixtures over clusters of items, each of which answers for its share of a list.

El-Kishky et al., TwHIN, KDD 2022, https://arxiv.org/abs/2202.05387: k-means of the vectors of what
users take (``summaries.k_means``); ``P(c|u)``, the share that cluster c has in what user u took,
over u's largest clusters; a query for each, which finds as many items as its weight says. Smoothing
by near users is of kNN-Embed (El-Kishky et al., 2022, https://arxiv.org/abs/2205.06205); its
formula here is a reconstruction. With which vector a cluster asks is the caller's choice.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError
from jaxrec.graph import Csr
from jaxrec.ops import dot
from jaxrec.rank import TopLists, top_lists
from jaxrec.retrieve.several import interleave, rows_of


class Mixtures(NamedTuple):
    """An entry for each cluster of each user: users ascending, their largest weight first.

    Attributes:
      user: 0, 1, 2, ... with none left out.
      weight: sums to 1 over a user.
    """

    user: Int[np.ndarray, "Q"]
    cluster: Int[np.ndarray, "Q"]
    weight: Float[np.ndarray, "Q"]


def shares(likes: Csr, cluster: Int[np.ndarray, "I"]) -> scipy.sparse.csr_array:
    """``P(c|u)`` over all clusters ``[U, C]``: the share of each in what the user took.

    Raises:
      InputError: an item without a cluster.
    """
    indptr, indices = np.asarray(likes.indptr), np.asarray(likes.indices)
    if len(indices) and indices.max() >= len(cluster):
        raise InputError(
            f"item rows reach {indices.max()} but cluster has {len(cluster)} entries; "
            "give one an item"
        )
    degree = np.diff(indptr)
    each = np.repeat(1 / np.maximum(degree, 1), degree)
    shape = (len(degree), int(cluster.max()) + 1)
    found = scipy.sparse.csr_array((each, cluster[indices], indptr), shape=shape)
    found.sum_duplicates()
    return found


def smoothed(
    shares: scipy.sparse.csr_array,
    users: Int[np.ndarray, "Q"],
    near: Int[np.ndarray, "_ K"],
    own: float,
) -> scipy.sparse.csr_array:
    """``own P(c|u) + (1 - own) mean over near users v, P(c|v)``, ``[Q, C]`` of the users asked for.

    Args:
      near: rows of each one's neighbors, such as by ``similar`` over the users' vectors.
      own: the weight of the user's own shares, from 0 to 1.

    Raises:
      InputError: ``own`` outside this, or neighbors of other users.
    """
    n_users, n_near = len(shares.indptr) - 1, near.shape[1]
    if not 0 <= own <= 1:
        raise InputError(f"own is {own}; give the weight of the user's own shares, 0 to 1")
    inside = not near.size or 0 <= near.min() <= near.max() < n_users
    if len(near) != len(users) or not n_near or not inside:
        raise InputError(
            f"near has {len(near)} lists of {n_near} for {len(users)} of {n_users} users; "
            "give each one's neighbors, 1 or more, as rows of all"
        )
    rows = np.repeat(np.arange(len(users)), n_near)
    each = np.full(near.size, 1 / n_near)
    mean = scipy.sparse.csr_array((each, (rows, near.ravel())), shape=(len(users), n_users))
    return scipy.sparse.csr_array(own * shares[users] + (1 - own) * (mean @ shares))


def largest(shares: scipy.sparse.csr_array, n: int) -> Mixtures:
    """Each user's ``n`` largest clusters, weighed by their shares alone; of equals the first.

    Raises:
      InputError: ``n`` below 1, or a user without any share.
    """
    if n < 1:
        raise InputError(f"n is {n}; give 1 or more clusters a user")
    n_users = len(shares.indptr) - 1
    real = shares.data > 0
    user = np.repeat(np.arange(n_users), np.diff(shares.indptr))[real]
    cluster, weight = shares.indices[real], np.asarray(shares.data)[real]
    without = np.setdiff1d(np.arange(n_users), user)
    if len(without):
        raise InputError(
            f"{len(without)} users took nothing, such as row {without[0]}; "
            "ask for them by one vector"
        )
    order = np.lexsort((cluster, np.negative(weight), user))
    user, cluster, weight = user[order], cluster[order], weight[order]
    place = np.arange(len(user)) - np.searchsorted(user, user)
    user, cluster, weight = (part[place < n] for part in (user, cluster, weight))
    return Mixtures(user, cluster, weight / np.bincount(user, weight)[user])


def budgets(mixtures: Mixtures, k: int) -> Int[np.ndarray, "Q"]:
    """How many of ``k`` items each cluster answers for: in proportion, with sum ``k`` a user.

    Rounded as ``in_turns`` does it, so that lists grow without changing what is in them.

    >>> budgets(Mixtures(np.zeros(3, int), np.arange(3), np.array([0.6, 0.3, 0.1])), 10).tolist()
    [6, 3, 1]
    """
    n_queries = len(mixtures.user)
    marks = np.broadcast_to(np.arange(n_queries)[:, None], (n_queries, k))
    listed = interleave(marks * k + np.arange(k), mixtures.user, k, mixtures.weight).item
    return np.bincount(listed.ravel() // k, minlength=n_queries)


def own_means(
    mixtures: Mixtures,
    likes: Csr,
    cluster: Int[np.ndarray, "I"],
    item: Float[np.ndarray, "I d"],
) -> Float[np.ndarray, "Q d"]:
    """The mean vector of what each user took of the cluster; the cluster's where that is nothing.

    Args:
      likes: of the users of ``mixtures``, in their rows.
    """
    means = lambda row, column, n: _mean_rows(row, column, n, item)
    center, _ = means(cluster, np.arange(len(cluster)), int(cluster.max()) + 1)
    lists = rows_of(likes, mixtures.user)
    row = np.repeat(np.arange(len(mixtures.user)), np.diff(lists.indptr))
    mine = cluster[lists.indices] == mixtures.cluster[row]
    own, count = means(row[mine], np.asarray(lists.indices)[mine], len(mixtures.user))
    return np.where(count > 0, own, center[mixtures.cluster]).astype(np.float32)


def _mean_rows(row: np.ndarray, column: np.ndarray, n: int, table: np.ndarray):
    """The mean of each row's columns of the table, 0 where there are none, and how many."""
    held = scipy.sparse.csr_array((np.ones(len(row)), (row, column)), shape=(n, len(table)))
    count = np.bincount(row, minlength=n)[:, None]
    return held @ table / np.maximum(count, 1), count


class _Asked(NamedTuple):
    query: Float[Array, "Q d"]
    item: Float[Array, "I d"]
    wanted: Int[Array, "Q"]
    cluster: Int[Array, "I"]


def retrieve(
    item: Float[np.ndarray, "I d"],
    query: Float[np.ndarray, "Q d"],
    mixtures: Mixtures,
    k: int,
    *,
    cluster: Int[np.ndarray, "I"] | None = None,
    seen: Csr | None = None,
) -> TopLists:
    """The ``k`` items of each user: of each cluster its budget's largest inner products.

    Lists end in -1 where the clusters have fewer. Items that several queries find count once, at
    their first place, and the next one follows.

    Args:
      query: the vector by which each entry of ``mixtures`` asks.
      cluster: of every item: entries then find items of their own cluster alone; None, any.
      seen: items to leave out, by row of user.

    Raises:
      InputError: other than one vector an entry, or ``k`` beyond the catalogue.
    """
    if len(query) != len(mixtures.user):
        raise InputError(
            f"there are {len(query)} queries for {len(mixtures.user)} entries of mixtures; "
            "give one vector an entry"
        )
    each = None if seen is None else rows_of(seen, mixtures.user)
    inside = np.zeros(len(item), np.int32) if cluster is None else cluster
    wanted = np.zeros(len(query), np.int32) if cluster is None else mixtures.cluster
    reps = _Asked(*jax.device_put((query, item, wanted, inside)))
    found = top_lists(_inside, reps, np.arange(len(query)), len(item), k, seen=each)
    return interleave(found.item, mixtures.user, k, mixtures.weight)


def _inside(reps: _Asked, queries, items):
    alike = reps.wanted[queries][:, None] == reps.cluster[items][None]
    return jnp.where(alike, dot(reps, queries, items), -jnp.inf)
