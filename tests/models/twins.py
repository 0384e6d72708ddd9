"""A small user-item matrix without symmetry, and what the models of items read of it."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions
from jaxrec.graph import bipartite, user_items
from jaxrec.ops import History, prepare

U, M = 9, 7
LIKES = np.random.default_rng(0).random((U, M)) < 0.45
LIKES[0], LIKES[:, 0], LIKES[0, 0] = True, True, False  # One of nearly all, on each side.
LIKES[3] = False  # Nobody's.
LIKES[:, 5] = False
R = LIKES.astype(np.float64)
user, item = (side.astype(np.int32) for side in np.nonzero(LIKES))
TRAIN = Interactions(user, item, U, M)
QUERIES = jnp.array([4, 0, 4, 3, 8])


def history(r: float = 0.5, formulation="bcsr", weights: bool = True) -> History:
    """The graph, whose receivers have exponent ``r``, and the lists."""
    graph = bipartite(TRAIN, r)
    if not weights:
        graph = graph._replace(edges=np.ones_like(np.asarray(graph.edges)))
    likes = jax.tree.map(jnp.asarray, user_items(TRAIN))
    return History(prepare(graph, formulation, n_users=U), likes)


def power(counts: np.ndarray, exponent: float) -> np.ndarray:
    """``diag(counts^exponent)``, rows without count zero."""
    return np.diag(np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0))


D_U, D_I = R.sum(1), R.sum(0)
