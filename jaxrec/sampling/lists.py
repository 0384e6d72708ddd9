"""One list of candidates a query, put together from two laws: of its positive, of its negatives."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Batch, Key
from jaxrec.graph import Csr
from jaxrec.sampling.positives import Positives

Drawn = tuple[Int[Array, "B N"], Bool[Array, "B N"]]

Negatives = Callable[[Key, Csr, Int[Array, "B"], int, int], Drawn]
"""``(key, likes, user, n_items, n_negatives) -> (item, valid)``: items that are not the
user's, and False where there was none."""

LogQ = Callable[[Csr, Int[Array, "B"], Int[Array, "B N"], int], Float[Array, "B N"]]
"""``(likes, user, item, n_items) -> [B, N]``: log of the times each item was expected there."""


@runtime_checkable
class Sample(Protocol):
    """A sampler; what ``train.epoch`` reads once all but ``key`` and ``likes`` are given."""

    def __call__(
        self, key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1
    ) -> Batch: ...


def list_sampler(positives: Positives, negatives: Negatives, log_q: LogQ | None = None) -> Sample:
    """Builds a sampler: ``positives`` draws the pairs, ``negatives`` fills columns from 1 on.

    Laws with tables are built where the tables are arguments, so that no table is compiled in::

        def sample(key, arrays):  # For train.epoch, run with arrays = (likes, table).
            likes, table = arrays
            return lists(by_user, weighted_negatives(table))(key, likes, n_items, batch_size)

    Args:
      log_q: the law that goes with ``negatives``, for a sampled softmax; None for losses on
        differences.
    """

    def sample(key: Key, likes: Csr, n_items: int, batch_size: int, n_negatives: int = 1) -> Batch:
        user, item, key = positives.draw(key, likes, batch_size)
        negative, valid = negatives(key, likes, user, n_items, n_negatives)
        candidates = jnp.concatenate([item[:, None], negative], axis=1)  # [B, 1 + N]
        label = jnp.zeros(candidates.shape).at[:, 0].set(1)
        mask = jnp.concatenate([jnp.ones_like(item, bool)[:, None], valid], axis=1)
        if log_q is None:
            return Batch(user, candidates, label, mask)
        expected = jnp.where(valid, log_q(likes, user, negative, n_items), 0)
        return Batch(user, candidates, label, mask, jnp.pad(expected, ((0, 0), (1, 0))))

    return sample
