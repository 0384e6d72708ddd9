"""Hard negatives from a band of ranks of a table that was made before training."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Csr
from jaxrec.ops import contains
from jaxrec.sampling.lists import Negatives


def band(
    ranked: Int[Array, "U W"] | Int[np.ndarray, "U W"], low: int, high: int
) -> Int[Array, "U W2"] | Int[np.ndarray, "U W2"]:
    """Ranks ``low`` (from 0) up to but not including ``high`` of every user's list.

    Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3, draw hard
    negatives from ranks 2000 to 5000 by personalized PageRank: related, but not as the positive is.

    Raises:
      InputError: an empty band, or one that ends beyond the lists.

    >>> band(np.array([[7, 3, 5, 1]]), 1, 3).tolist()
    [[3, 5]]
    """
    if not 0 <= low < high <= ranked.shape[1]:
        raise InputError(
            f"the band [{low}, {high}) is empty or not within lists of {ranked.shape[1]}; "
            f"give 0 <= low < high <= {ranked.shape[1]}"
        )
    return ranked[:, low:high]


def banded_negatives(ranked: Int[Array, "U W"] | Int[np.ndarray, "U W"]) -> Negatives:
    """Items drawn uniformly from each user's row of ``ranked``, with replacement.

    Draws that the user has are masked, and so are entries below 0, which pad shorter lists.
    """

    def negatives(
        key: Key, likes: Csr, user: Int[Array, "B"], n_items: int, n_negatives: int
    ) -> tuple[Int[Array, "B N"], Bool[Array, "B N"]]:
        del n_items  # The table has them.
        shape = (user.shape[0], n_negatives)
        column = jax.random.randint(key, shape, 0, ranked.shape[1])
        rows = jnp.broadcast_to(user[:, None], shape)
        item = jnp.asarray(ranked)[rows, column]
        valid = (item >= 0) & ~contains(likes, rows, item)
        return jnp.where(valid, item, 0), valid

    return negatives
