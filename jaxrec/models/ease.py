"""EASE: a closed-form item-item autoencoder without self-similarity.

Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019,
https://arxiv.org/abs/1905.03375
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import History, fold_in, histories, sums

BLOCK = 512
"""Items whose rows of ``R^T R`` are made at a time."""


class Weights(NamedTuple):
    """Item-item weights ``[I, I]``, and the items of every user."""

    likes: Csr
    weight: Float[Array, "I I"]


def ease(graph: History, n_users: int, n_items: int, l2: float = 250.0) -> Model:
    """Builds EASE: ``S = R B`` with ``B = I - P diag(P)^-1`` and ``P = (R^T R + l2 I)^-1``.

    The diagonal of B is zero, equation 8. Graph: ``History(None, user_items(train))``; the
    propagation graph is not read. Cost: the inverse of an ``[I, I]`` matrix, ``O(I^3)``, and
    three such matrices in memory; 41,000 items take 20 GB.

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
        return {"weight": _weights(_gram(graph.likes, n_users, n_items), jnp.float32(l2))}

    def encode(params: Params, graph: History, *, key: Key | None = None) -> Weights:
        del key  # Nothing is random.
        return Weights(graph.likes, params["weight"])

    def score(
        reps: Weights, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        scores = sums(reps.likes, queries, reps.weight)
        return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)

    return Model(init, encode, score, fold_in)


def _gram(likes: Csr, n_users: int, n_items: int) -> Float[Array, "I I"]:
    """``R^T R``, a block of users at a time."""
    blocks = jnp.arange(-(-n_users // BLOCK) * BLOCK).reshape(-1, BLOCK)

    def add(total, users):
        taken = histories(likes, jnp.minimum(users, n_users - 1), n_items)
        taken = taken * (users < n_users)[None, :]
        return total + taken @ taken.T, None

    return jax.lax.scan(add, jnp.zeros((n_items, n_items)), blocks)[0]


@jax.jit
def _weights(gram, l2):
    eye = jnp.eye(gram.shape[0])
    factor = jax.scipy.linalg.cho_factor(gram + l2 * eye)
    inverse = jax.scipy.linalg.cho_solve(factor, eye)
    return -inverse / jnp.diag(inverse)[None, :] * (1 - eye)
