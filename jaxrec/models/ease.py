"""EASE: a closed-form item-item autoencoder without self-similarity.

Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019,
https://arxiv.org/abs/1905.03375
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Float32, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import History, bag_sum, fold_in

BLOCK = 4096
"""Items whose rows of ``R^T R`` are made at a time, sparse at first."""
N_MATRICES = 4
"""As large as ``[I, I]`` in float32, in memory while ``init`` runs."""


class Weights(NamedTuple):
    """Item-item weights ``[I, I]``, and the items of every user."""

    likes: Csr
    weight: Float[Array, "I I"]


def ease(graph: History, n_users: int, n_items: int, l2: float = 250.0) -> Model:
    """Builds EASE: ``S = R B`` with ``B = I - P diag(P)^-1`` and ``P = (R^T R + l2 I)^-1``.

    The diagonal of B is zero, equation 8. Graph: ``History(None, user_items(train))``; the
    propagation graph is not read. Cost: ``sum_u deg_u^2`` additions for ``R^T R``, on the host; the
    inverse of an ``[I, I]`` matrix, ``O(I^3)``; and ``N_MATRICES`` such matrices in memory, 27 GB
    for 41,000 items.

    Args:
      l2: what is added to the diagonal of ``R^T R``, in interactions. Larger shrinks the weights
        of items with few.

    Raises:
      InputError: ``l2`` no number above 0.
    """
    if not 0 < l2 < math.inf:
        raise InputError(f"l2 is {l2}; give a number above 0")

    def init(key: Key) -> Params:
        del key  # A closed form.
        likes = jax.tree.map(np.asarray, graph.likes)
        shape = jax.ShapeDtypeStruct((n_items, n_items), jnp.float32)
        # A callback, so that whoever asks for shapes alone does not wait for the product.
        gram = jax.pure_callback(lambda: _gram(likes, n_users, n_items), shape)
        return {"weight": _weights(gram, jnp.float32(l2))}

    return Model(init, _encode, _score, fold_in)


def _encode(params: Params, graph: History, *, key: Key | None = None) -> Weights:
    del key  # Nothing is random.
    return Weights(graph.likes, params["weight"])


def _score(
    reps: Weights, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    scores = bag_sum(reps.likes, queries, reps.weight)
    return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)


def memory(n_users: int, n_items: int) -> int:
    """Bytes that ``init`` holds at its peak."""
    del n_users  # Their lists are small beside it.
    return N_MATRICES * 4 * n_items**2


def _gram(likes: Csr, n_users: int, n_items: int) -> Float32[np.ndarray, "I I"]:
    """``R^T R``, a block of items at a time."""
    ones = np.ones(len(likes.indices), np.float32)
    arrays, shape = (ones, likes.indices, likes.indptr), (n_users, n_items)
    taken = scipy.sparse.csr_array(arrays, shape=shape)
    by_item = taken.T.tocsr()
    gram = np.empty((n_items, n_items), np.float32)
    for first in range(0, n_items, BLOCK):
        rows = slice(first, first + BLOCK)
        gram[rows] = (by_item[rows] @ taken).toarray()
    return gram


@jax.jit
def _weights(gram, l2):
    eye = jnp.eye(gram.shape[0])
    factor = jax.scipy.linalg.cho_factor(gram + l2 * eye)
    inverse = jax.scipy.linalg.cho_solve(factor, eye)
    return -inverse / jnp.diag(inverse)[None, :] * (1 - eye)
