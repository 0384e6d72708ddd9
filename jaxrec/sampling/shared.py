"""Candidates that the whole batch shares, ``item [C]``: one product scores all of them.

A query's own positive is the only item of its user that it sees: others' positives that its user
has, among them second copies of its own, are masked. Its positive is in another column in every
row, so losses on differences need ``losses.positive_first``, and ``batch._replace(log_q=None)``
unless they are to be corrected, too. Cost O(E + B C) beside the scores (``ops.membership_mask``).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Batch, Key
from jaxrec.graph import Csr
from jaxrec.ops import membership_mask
from jaxrec.sampling.lists import Sample
from jaxrec.sampling.positives import Positives
from jaxrec.sampling.weighted import WeightedTable, draw_weighted


def in_batch(positives: Positives, share: Float[Array, "I"] | Float[np.ndarray, "I"]) -> Sample:
    """Builds a sampler whose candidates are the batch's positives, column b that of query b.

    ``log_q`` is the logarithm of ``(B - 1) * share_i``, the times that the B - 1 other queries are
    expected to draw item i, and 0 in the query's own column. Yi et al., RecSys 2019, section 4,
    subtract ``log share`` in that column as well; without it, ``sum_c exp(score_c - log_q_c)`` has
    for expectation the sum over the positive and all items that the user does not have.

    Args:
      share: ``positives.share(likes, n_items)``.
    """

    def sample(key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1) -> Batch:
        del n_negatives  # The other queries' positives are the negatives.
        user, item, _ = positives.draw(key, likes, batch_size)
        expected = (batch_size - 1) * jnp.asarray(share)[item]
        return _batch(likes, user, item, expected, n_items)

    return sample


def shared(
    positives: Positives,
    share: Float[Array, "I"] | Float[np.ndarray, "I"],
    table: WeightedTable,
) -> Sample:
    """Builds a sampler whose candidates are the batch's positives, then N draws from ``table``.

    Nothing is drawn twice to avoid a user's items: they are masked for that user alone. ``log_q``
    is the logarithm of ``(B - 1) * share_i + N * p_i``, and 0 in the query's own column.

    Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: 500 uniform items
    shared by all queries, there without the other queries' positives.

    Args:
      share: ``positives.share(likes, n_items)``.
      table: ``weighted(popularity(likes, n_items, beta))``; beta 0 is uniform.
    """

    def sample(key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1) -> Batch:
        user, item, key = positives.draw(key, likes, batch_size)
        negative = draw_weighted(key, table, (n_negatives,)).astype(item.dtype)
        candidates = jnp.concatenate([item, negative])  # [B + N]
        drawn = n_negatives * jnp.asarray(table.probability)[candidates]
        others = (batch_size - 1) * jnp.asarray(share)[candidates]
        return _batch(likes, user, candidates, others + drawn, n_items)

    return sample


def every_item(positives: Positives) -> Sample:
    """Builds a sampler whose candidates are all items, in the order of their rows.

    The softmax over all items then is no estimate. Cost O(E + B I): for catalogues where a score
    of every item for every query of a batch fits.
    """

    def sample(key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1) -> Batch:
        del n_negatives  # Whatever the user does not have is one.
        user, item, _ = positives.draw(key, likes, batch_size)
        candidates = jnp.arange(n_items)
        positive = item[:, None] == candidates[None]
        mask = positive | ~membership_mask(likes, user, candidates, n_items)
        return Batch(user, candidates, positive.astype(jnp.float32), mask)

    return sample


def _batch(
    likes: Csr,
    user: Int[Array, "B"],
    candidates: Int[Array, "C"],
    expected: Float[Array, "C"],
    n_items: int,
) -> Batch:
    """The batch whose query b has its positive in column b."""
    size, n_candidates = len(user), len(candidates)
    own = jnp.eye(size, n_candidates, dtype=bool)
    whole = lambda array: jnp.broadcast_to(array, own.shape)
    column = whole(candidates[None])
    label = (column == candidates[:size, None]).astype(jnp.float32)
    mask = own | ~membership_mask(likes, user, candidates, n_items)
    log_q = jnp.where(mask & ~own, whole(jnp.log(expected)[None]), 0)
    return Batch(user, candidates, label, mask, log_q)
