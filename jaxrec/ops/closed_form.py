"""Diffusion over all scales at once: the closed form of a geometric series, for small graphs."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import InputError
from jaxrec.ops.propagate import Graph, propagate


def geometric_diffusion(x: Float[Array, "N d"], graph: Graph, alpha: float) -> Float[Array, "N d"]:
    """The limit of ``diffuse(x, graph, (1, alpha, alpha^2, ...))``: ``(I - alpha A)^-1 x``.

    With ``A = D^-1 A_0`` (``bipartite`` or ``homogeneous`` with ``r=1.0``) it is the lectures'
    ``(I - alpha D^-1 A_0)^-1``; with a ``walk_graph`` and x an indicator of a node, ``1 - alpha``
    times it is that node's personalized PageRank of restart ``1 - alpha``. K scales of the series
    leave ``alpha^(K + 1) / (1 - alpha)`` of the largest entry of x at most where rows of A sum
    to one. It is a low-pass filter: what varies over the graph by an eigenvector of A with the
    eigenvalue l is multiplied by ``1 / (1 - alpha l)``, largest at l = 1, the slowest variation.

    Cost: N propagations to write A out, and a solve in ``N^3``; thousands of nodes at most, the
    series serves beyond.

    Args:
      x: features, one row a node.
      graph: what ``propagate`` takes, its edges normalized.
      alpha: weight of a scale relative to the one before.

    Raises:
      InputError: ``alpha`` not between 0 and 1.
    """
    if not 0 <= alpha < 1:
        raise InputError(f"alpha is {alpha}; give 0 or more, and less than 1")
    eye = jnp.eye(x.shape[0], dtype=x.dtype)
    return jnp.linalg.solve(eye - alpha * propagate(eye, graph), x)
