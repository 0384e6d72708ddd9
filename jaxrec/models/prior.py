"""A popularity prior: what many take is likely, whoever asks.

Post-hoc logit adjustment, Menon et al., Long-tail learning via logit adjustment, ICLR 2021,
https://arxiv.org/abs/2007.07314, equation 9. They take the prior of frequent classes off; here it
is put on, because vectors of cosine similarity have no length to tell popular items by.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Model, Params
from jaxrec.graph import Csr


class WithShare(NamedTuple):
    """What a model reads, or its representations, and how popular every item is.

    Attributes:
      log_share: logarithm of each item's share of the interactions, ``log_share`` of this file.
    """

    inner: Any
    log_share: Float[Array, "I"]

    @property
    def query(self) -> Any:
        """The model's own ``[Q, d]``, of representations with vectors."""
        return self.inner.query

    @property
    def item(self) -> Any:
        """The model's own ``[I, d]``."""
        return self.inner.item


def with_prior(model: Model, weight: float) -> Model:
    """The same model, its scores ``s(u, i) + weight * log share_i``.

    Train with weight 0 and serve with another: the graph and the representations are the same.

    Graph: ``WithShare(the model's, log_share(user_items(train), n_items))``.
    """

    def encode(params: Params, graph: WithShare, *, key: Key | None = None) -> WithShare:
        return graph._replace(inner=model.encode(params, graph.inner, key=key))

    def score(
        reps: WithShare, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        scores = model.score(reps.inner, queries, items)
        share = jnp.broadcast_to(reps.log_share[items], scores.shape)
        return scores + weight * share

    def fold_in(reps: WithShare, likes: Csr) -> WithShare:
        assert model.fold_in is not None
        return reps._replace(inner=model.fold_in(reps.inner, likes))

    return Model(model.init, encode, score, None if model.fold_in is None else fold_in)


def log_share(likes: Csr, n_items: int) -> Float[Array, "I"]:
    """``log(deg_i / E)``; an item that nobody has counts as if one had it.

    >>> likes = Csr(np.int32([0, 1, 4]), np.int32([0, 0, 1, 2]), np.int32([0, 1]))
    >>> jnp.exp(log_share(likes, n_items=4)).tolist()
    [0.5, 0.25, 0.25, 0.25]
    """
    degree = np.maximum(np.bincount(likes.indices, minlength=n_items), 1)
    return jax.device_put(np.log(degree / max(len(likes.indices), 1)).astype(np.float32))
