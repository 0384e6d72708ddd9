"""Losses on two views of the same rows."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.losses.listwise import softmax
from jaxrec.ops import l2_normalize


def info_nce(
    a: Float[Array, "B d"], b: Float[Array, "B d"], where: Bool[Array, "B"], temperature: float
) -> Float[Array, ""]:
    """Mean over rows of ``-log exp(cos(a_i, b_i) / t) / sum_j exp(cos(a_i, b_j) / t)``.

    Row i of ``b`` is the positive of row i of ``a``, its other valid rows are negatives. A row that
    appears twice would be its own negative: see ``first_of_each``. Cost ``B^2 d``.

    Yu et al., SimGCL, SIGIR 2022, https://arxiv.org/abs/2112.08679, equation 2, which sums over
    rows where this takes the mean.

    Raises:
      InputError: a temperature that is not a number above 0.

    >>> eye = jnp.eye(2)
    >>> print(f"{info_nce(eye, eye, jnp.ones(2, bool), 0.5):.4f}")
    0.1269
    """
    _check_temperature(temperature)
    scores = l2_normalize(a) @ l2_normalize(b).T / temperature
    own = jnp.eye(len(a), dtype=scores.dtype)
    return softmax(scores, own, where[:, None] & where[None, :])


def info_nce_queue(
    a: Float[Array, "B d"],
    b: Float[Array, "B d"],
    queue: Float[Array, "Q d"],
    where: Bool[Array, "B"],
    where_queue: Bool[Array, "Q"],
    temperature: float,
) -> Float[Array, ""]:
    """``info_nce`` whose negatives are the rows of a queue in place of those of the batch.

    Mean over valid rows of ``-log e(a_i, b_i) / (e(a_i, b_i) + sum_q e(a_i, queue_q))`` with
    ``e(x, y) = exp(cos(x, y) / t)``. Cost ``B Q d``.

    He et al., Momentum Contrast, CVPR 2020, https://arxiv.org/abs/1911.05722, equation 1, whose
    ``b`` and ``queue`` come from a slowly moving encoder and have no gradient.

    Raises:
      InputError: a temperature that is not a number above 0.

    >>> eye = jnp.eye(2)
    >>> yes = jnp.ones(2, bool)
    >>> print(f"{info_nce_queue(eye, eye, 0 * eye, yes, yes, 0.5):.4f}")  # log(1 + 2 / e^2)
    0.2395
    """
    _check_temperature(temperature)
    a, b, queue = l2_normalize(a), l2_normalize(b), l2_normalize(queue)
    own = jnp.sum(a * b, axis=1, keepdims=True)
    scores = jnp.concatenate([own, a @ queue.T], axis=1) / temperature
    there = jnp.concatenate([jnp.ones(1, bool), where_queue])
    positive = jnp.zeros_like(scores).at[:, 0].set(1)
    return softmax(scores, positive, where[:, None] & there[None, :])


def first_of_each(ids: Int[Array, "B"]) -> Bool[Array, "B"]:
    """True where an id appears for the first time: unique rows of a batch in a static shape.

    Yu et al., XSimGCL, TKDE 2023, https://arxiv.org/abs/2209.02544, contrasts the unique users and
    the unique items of a batch. Cost O(B log B).

    >>> first_of_each(jnp.array([3, 1, 3, 3, 0])).tolist()
    [True, True, False, False, True]
    """
    order = jnp.argsort(ids, stable=True)
    run = ids[order]
    starts = jnp.concatenate([jnp.ones_like(run[:1], bool), run[1:] != run[:-1]])
    return jnp.zeros_like(starts).at[order].set(starts)


def _check_temperature(temperature: float) -> None:
    if not 0 < temperature < math.inf:
        raise InputError(f"temperature is {temperature}; give a number above 0, such as 0.2")
