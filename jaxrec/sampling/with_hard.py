"""Candidates that a batch shares, and hard ones of each query: what PinSage learns from.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3. Queries are items;
``likes`` says which items answer each, so queries and items count the same rows.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, Key
from jaxrec.graph import Csr
from jaxrec.ops import membership_mask
from jaxrec.sampling.curriculum import hard_columns
from jaxrec.sampling.lists import Negatives, Sample
from jaxrec.sampling.positives import Positives


def shared_with_hard(
    positives: Positives, hard: Negatives, most: int, epoch: int | Int[Array, ""]
) -> Sample:
    """Builds a sampler: the batch's targets, N uniform items, then ``most`` hard ones a query.

    Candidates ``[B + N + B most]`` are one list for the batch, so that an item is encoded once;
    each query sees its own target, the uniform items and the hard ones of its own. Those that
    answer it or are itself are masked, which the paper does not say. Of the hard ones,
    ``hard_columns(epoch, most)`` count. Losses on differences need ``losses.positive_first``.

    Args:
      most: hard negatives a query; 0 for none.
      epoch: from 1; may be traced.
    """

    def sample(
        key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 500
    ) -> Batch:
        query, item, key = positives.draw(key, likes, batch_size)
        key_easy, key_hard = jax.random.split(key)
        easy = jax.random.randint(key_easy, (n_negatives,), 0, n_items, item.dtype)
        tough, valid = hard(key_hard, likes, query, n_items, most)  # [B, most]
        own = jnp.eye(batch_size, dtype=bool)
        apart = ~membership_mask(likes, query, easy, n_items) & (easy[None] != query[:, None])
        valid = valid & (tough != query[:, None]) & hard_columns(epoch, most)[None]
        mask = jnp.concatenate([own, apart, _own_columns(valid)], axis=1)
        candidates = jnp.concatenate([item, easy, tough.ravel()])
        label = jnp.zeros(mask.shape).at[:, :batch_size].set(own)
        return Batch(query, candidates, label, mask)

    return sample


def _own_columns(valid: Bool[Array, "B n"]) -> Bool[Array, "B Bn"]:
    """Row b of ``valid`` in the b-th block of columns of row b, False elsewhere."""
    own = jnp.eye(len(valid), dtype=bool)[:, :, None]
    return (own & valid[None]).reshape(len(valid), -1)
