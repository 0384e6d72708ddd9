"""Personalized PageRank by forward push: work that does not grow with the graph. On the host.

Andersen, Chung and Lang, Local graph partitioning using PageRank vectors, FOCS 2006, section 3,
without their laziness. Each round pushes all nodes that are due, which vectorizes the queue.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from jaxrec.base import InputError
from jaxrec.graph.csr import Csr


class ForwardPush(NamedTuple):
    """An estimate from below and what is missing from it.

    Attributes:
      mass: the estimate p of the PageRank.
      residual: r, with ``pagerank(source) = p + sum_u r_u pagerank(u)``; below ``eps * deg``.
      n_steps: edges that were pushed along, at most ``1 / (restart * eps)``.
    """

    mass: Float64[np.ndarray, "N"]
    residual: Float64[np.ndarray, "N"]
    n_steps: int


def forward_push(lists: Csr, source: int, restart: float = 0.15, eps: float = 1e-6) -> ForwardPush:
    """Pushes until every node's residual is below ``eps`` times its number of neighbors.

    A push of node u keeps ``restart * r_u`` there and gives each neighbor an equal share of the
    rest; a dead end gives it back to the source. So ``p`` falls short of the PageRank by ``sum r <
    eps * E`` in all and, where every edge goes both ways, by less than ``eps * deg_v`` at v. Each
    push takes ``restart * r_u >= restart * eps * deg_u`` off the residual's sum of at most 1, hence
    the bound on the work.

    Args:
      lists: of ``transitions``; steps are uniform over neighbors.
      restart: chance of every step to lead back to the source; 0.15 is a damping factor of 0.85.

    Raises:
      InputError: a source that is no node, or ``restart`` or ``eps`` out of range.
    """
    degree = np.diff(np.asarray(lists.indptr))
    if not 0 <= source < len(degree):
        raise InputError(f"the source is {source}; give 0 to {len(degree) - 1}, the nodes")
    check_restart(restart)
    if not 0 < eps < 1:
        raise InputError(f"eps is {eps}; give a number between 0 and 1, such as 1e-6")
    indptr, indices = np.asarray(lists.indptr), np.asarray(lists.indices)
    limit = eps * np.maximum(degree, 1)
    mass, residual = np.zeros(len(degree)), np.zeros(len(degree))
    residual[source] = 1
    due, n_steps = np.array([source]), 0
    while len(due):
        pushed, count = residual[due], degree[due]
        residual[due] = 0
        mass[due] += restart * pushed
        rest = (1 - restart) * pushed
        share = np.repeat(rest / np.maximum(count, 1), count)
        receiver = np.append(indices[_places(indptr[due], count)], source)
        share = np.append(share, rest[count == 0].sum())  # Dead ends lead back.
        touched, place = np.unique(receiver, return_inverse=True)
        residual[touched] += np.bincount(place, share)
        due = touched[residual[touched] >= limit[touched]]
        n_steps += int(count.sum())
    return ForwardPush(mass, residual, n_steps)


def check_restart(restart: float) -> None:
    """Refuses what is no chance of a restart.

    Raises:
      InputError: not above 0 and below 1.
    """
    if not 0 < restart < 1:
        raise InputError(
            f"restart is {restart}; give a chance between 0 and 1, such as 0.15 "
            "(1 less the damping factor)"
        )


def _places(start: Int[np.ndarray, "n"], count: Int[np.ndarray, "n"]) -> Int[np.ndarray, "_"]:
    """``count[n]`` places from ``start[n]`` on, for all n."""
    before = np.cumsum(count) - count
    return np.arange(count.sum()) + np.repeat(start - before, count)
