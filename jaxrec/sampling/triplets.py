"""A user, one item of theirs and uniform negatives: the batches of pairwise training.

Two laws are in use for the (user, item) pair. The reference codes of LightGCN draw *users*
uniformly and then one of their items, which is what the published numbers come from; the BPR
paper draws *interactions* uniformly, which gives active users more weight.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, Key
from jaxrec.graph import Csr
from jaxrec.ops import nth_absent


def uniform_negatives(
    key: Key, likes: Csr, user: Int[Array, "B"], n_items: int, n_negatives: int
) -> tuple[Int[Array, "B N"], Bool[Array, "B N"]]:
    """Items drawn uniformly from those that each user does not have, with replacement.

    The draw is exact and costs no rejections (``ops.nth_absent``). A user who has every item gets
    False in the second array, which says which draws are valid.
    """
    indptr = jnp.asarray(likes.indptr)
    n_absent = n_items - (indptr[user + 1] - indptr[user])  # [B]
    limit = jnp.maximum(n_absent, 1)[:, None]
    nth = jax.random.randint(key, (user.shape[0], n_negatives), 0, limit)
    rows = jnp.broadcast_to(user[:, None], nth.shape)
    valid = jnp.broadcast_to(n_absent[:, None] > 0, nth.shape)
    return jnp.where(valid, nth_absent(likes, rows, nth), 0), valid


def user_uniform(
    key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1
) -> Batch:
    """Users uniform among those with an item, one uniform item of each, uniform negatives.

    He et al., LightGCN, reference code; see the module docstring.
    """
    key_user, key_item, key_negative = jax.random.split(key, 3)
    indptr, active = jnp.asarray(likes.indptr), jnp.asarray(likes.nonempty)
    user = active[jax.random.randint(key_user, (batch_size,), 0, active.shape[0])]
    start, end = indptr[user], indptr[user + 1]
    item = jnp.asarray(likes.indices)[jax.random.randint(key_item, (batch_size,), start, end)]
    return _batch(key_negative, likes, user, item, n_items, n_negatives)


def interaction_uniform(
    key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1
) -> Batch:
    """Interactions uniform, uniform negatives.

    Rendle et al., BPR, UAI 2009, https://arxiv.org/abs/1205.2618, figure 4.
    """
    key_edge, key_negative = jax.random.split(key)
    indptr, indices = jnp.asarray(likes.indptr), jnp.asarray(likes.indices)
    edge = jax.random.randint(key_edge, (batch_size,), 0, indices.shape[0])
    user = jnp.searchsorted(indptr, edge, side="right").astype(indptr.dtype) - 1
    return _batch(key_negative, likes, user, indices[edge], n_items, n_negatives)


def _batch(
    key: Key,
    likes: Csr,
    user: Int[Array, "B"],
    item: Int[Array, "B"],
    n_items: int,
    n_negatives: int,
) -> Batch:
    negative, valid = uniform_negatives(key, likes, user, n_items, n_negatives)
    candidates = jnp.concatenate([item[:, None], negative], axis=1)  # [B, 1 + N]
    label = jnp.zeros(candidates.shape).at[:, 0].set(1)
    mask = jnp.concatenate([jnp.ones_like(item, bool)[:, None], valid], axis=1)
    return Batch(user, candidates, label, mask)
