"""Hard negatives that become more from epoch to epoch, in lists of one width.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: none in the first
epoch, n - 1 for every positive in epoch n. With hard ones from the start, training took twice as
many epochs.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Csr
from jaxrec.sampling.lists import Negatives


def n_hard(epoch: int | Int[Array, ""], most: int) -> Int[Array, ""]:
    """Hard negatives a list in ``epoch``, counted from 1: ``epoch - 1``, at most ``most``.

    >>> [int(n_hard(epoch, most=2)) for epoch in (1, 2, 3, 4)]
    [0, 1, 2, 2]
    """
    return jnp.clip(jnp.asarray(epoch) - 1, 0, most)


def hard_columns(epoch: int | Int[Array, ""], most: int) -> Bool[Array, "most"]:
    """Which of ``most`` columns of hard negatives count in ``epoch``.

    >>> hard_columns(3, most=4).tolist()
    [True, True, False, False]
    """
    return jnp.arange(most) < n_hard(epoch, most)


def curriculum(
    easy: Negatives, hard: Negatives, most: int, epoch: int | Int[Array, ""]
) -> Negatives:
    """The law of ``easy`` in all columns but the last ``most``, of ``hard`` in those that count.

    ``epoch`` (from 1) is an argument of the compiled program, one of the arrays that the sampler
    reads, so that a new epoch compiles nothing; ``step // n_steps + 1`` serves, too.

    Raises:
      InputError: ``most`` below 1, or fewer negatives a list than that, once they are drawn.
    """
    if most < 1:
        raise InputError(f"{most} hard negatives at most; give 1 or more")

    def negatives(
        key: Key, likes: Csr, user: Int[Array, "B"], n_items: int, n_negatives: int
    ) -> tuple[Int[Array, "B N"], Bool[Array, "B N"]]:
        if n_negatives < most:
            raise InputError(
                f"a list has {n_negatives} negatives, up to {most} of them hard; "
                f"draw {most} or more"
            )
        key_easy, key_hard = jax.random.split(key)
        easy_item, easy_valid = easy(key_easy, likes, user, n_items, n_negatives - most)
        hard_item, hard_valid = hard(key_hard, likes, user, n_items, most)
        hard_valid = hard_valid & hard_columns(epoch, most)[None]
        item = jnp.concatenate([easy_item, hard_item], axis=1)
        return item, jnp.concatenate([easy_valid, hard_valid], axis=1)

    return negatives
