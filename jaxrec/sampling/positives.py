"""Whom and what of theirs: laws of the (user, item) pair of a query.

Two laws are in use. The reference codes of LightGCN draw *users* uniformly and then one of their
items, which is what the published numbers come from; the BPR paper draws *interactions* uniformly,
which gives active users more weight.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key
from jaxrec.graph import Csr

Pairs = tuple[Int[Array, "B"], Int[Array, "B"], Key]


class Positives(NamedTuple):
    """A law of the pair.

    Attributes:
      draw: ``(key, likes, batch_size) -> (user, item, key)``, with a key for what is drawn next.
      share: ``(likes, n_items) -> [I]``, the chance of each item to be drawn, on the host.
    """

    draw: Callable[[Key, Csr, int], Pairs]
    share: Callable[[Csr, int], Float[np.ndarray, "I"]]


def _draw_by_user(key: Key, likes: Csr, batch_size: int) -> Pairs:
    key_user, key_item, key = jax.random.split(key, 3)
    indptr, active = jnp.asarray(likes.indptr), jnp.asarray(likes.nonempty)
    user = active[jax.random.randint(key_user, (batch_size,), 0, active.shape[0])]
    start, end = indptr[user], indptr[user + 1]
    item = jnp.asarray(likes.indices)[jax.random.randint(key_item, (batch_size,), start, end)]
    return user, item, key


def _share_by_user(likes: Csr, n_items: int) -> Float[np.ndarray, "I"]:
    degree = np.diff(np.asarray(likes.indptr))
    weight = np.repeat(1 / np.maximum(degree, 1), degree) / len(likes.nonempty)  # [E]
    return _sums(likes, weight, n_items)


def _draw_by_interaction(key: Key, likes: Csr, batch_size: int) -> Pairs:
    key_edge, key = jax.random.split(key)
    indptr, indices = jnp.asarray(likes.indptr), jnp.asarray(likes.indices)
    edge = jax.random.randint(key_edge, (batch_size,), 0, indices.shape[0])
    user = jnp.searchsorted(indptr, edge, side="right").astype(indptr.dtype) - 1
    return user, indices[edge], key


def _share_by_interaction(likes: Csr, n_items: int) -> Float[np.ndarray, "I"]:
    n_edges = len(likes.indices)
    return _sums(likes, np.full(n_edges, 1 / n_edges), n_items)


def _sums(likes: Csr, weight: Float[np.ndarray, "E"], n_items: int) -> Float[np.ndarray, "I"]:
    return np.bincount(likes.indices, weight, minlength=n_items).astype(np.float32)


by_user = Positives(_draw_by_user, _share_by_user)
"""Users uniform among the U* with an item, one uniform item of each.

He et al., LightGCN, reference code. Item i has the chance ``sum_{u has i} 1 / deg_u / U*``.
"""

by_interaction = Positives(_draw_by_interaction, _share_by_interaction)
"""Interactions uniform. Rendle et al., BPR, UAI 2009, https://arxiv.org/abs/1205.2618, figure 4.

Item i has the chance ``deg_i / E``.
"""
