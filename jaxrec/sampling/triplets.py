"""A user, one item of theirs and uniform negatives: the batches of pairwise training."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Batch, Key
from jaxrec.graph import Csr
from jaxrec.ops import nth_absent
from jaxrec.sampling.lists import list_sampler
from jaxrec.sampling.positives import by_interaction, by_user


def uniform_negatives(
    key: Key, likes: Csr, user: Int[Array, "B"], n_items: int, n_negatives: int
) -> tuple[Int[Array, "B N"], Bool[Array, "B N"]]:
    """Items drawn uniformly from those that each user does not have, with replacement.

    The draw is exact and costs no rejections (``ops.nth_absent``). A user who has every item gets
    False in the second array, which says which draws are valid.
    """
    n_absent = _n_absent(likes, user, n_items)
    limit = jnp.maximum(n_absent, 1)[:, None]
    nth = jax.random.randint(key, (user.shape[0], n_negatives), 0, limit)
    rows = jnp.broadcast_to(user[:, None], nth.shape)
    valid = jnp.broadcast_to(n_absent[:, None] > 0, nth.shape)
    return jnp.where(valid, nth_absent(likes, rows, nth), 0), valid


def uniform_log_q(
    likes: Csr, user: Int[Array, "B"], item: Int[Array, "B N"], n_items: int
) -> Float[Array, "B N"]:
    """The ``log_q`` of ``uniform_negatives``: N draws among those the user does not have."""
    n_absent = jnp.maximum(_n_absent(likes, user, n_items), 1).astype(jnp.float32)
    return jnp.broadcast_to(jnp.log(item.shape[1] / n_absent)[:, None], item.shape)


def user_uniform(
    key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1
) -> Batch:
    """Users uniform among those with an item, one uniform item of each, uniform negatives.

    He et al., LightGCN, reference code; see ``positives``.
    """
    return list_sampler(by_user, uniform_negatives)(key, likes, n_items, batch_size, n_negatives)


def interaction_uniform(
    key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1
) -> Batch:
    """Interactions uniform, uniform negatives.

    Rendle et al., BPR, UAI 2009, https://arxiv.org/abs/1205.2618, figure 4.
    """
    return list_sampler(by_interaction, uniform_negatives)(
        key, likes, n_items, batch_size, n_negatives
    )


def _n_absent(likes: Csr, user: Int[Array, "B"], n_items: int) -> Int[Array, "B"]:
    indptr = jnp.asarray(likes.indptr)
    return n_items - (indptr[user + 1] - indptr[user])
