"""Adagrad with one accumulator a row of a table."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from jaxrec.base import InputError


class RowAdagradState(NamedTuple):
    """The sums of squares.

    Attributes:
      total: of every parameter, one number a row: its shape without all axes but the first.
    """

    total: PyTree


def row_adagrad(
    learning_rate: float | optax.Schedule, eps: float = 1e-10
) -> optax.GradientTransformationExtraArgs:
    """Builds ``w -= rate * g / (sqrt(s) + eps)`` with ``s += mean(g^2)`` over the row of g.

    A row without gradient stays, and its sum with it, so that rows that no batch reads cost
    nothing in quality. The state of a table ``[N, d]`` is ``[N]``: 1/d of Adagrad's.

    Lerer et al., PyTorch-BigGraph, MLSys 2019, https://arxiv.org/abs/1903.12287, section 4; Duchi
    et al., Adaptive subgradient methods, JMLR 2011, for the rule itself.

    Args:
      learning_rate: of the first step if all of a row moves; or a schedule of the step.

    Raises:
      InputError: a rate that is not above 0.

    >>> rule = row_adagrad(0.5)
    >>> table = jnp.zeros((2, 2))
    >>> slope = jnp.array([[3.0, 4.0], [0.0, 0.0]])  # The mean square of its first row is 12.5.
    >>> change, state = rule.update(slope, rule.init(table))
    >>> print(change[0] * 12.5**0.5, state[0].total)
    [-1.5 -2. ] [12.5  0. ]
    """
    if not callable(learning_rate) and not learning_rate > 0:
        raise InputError(f"learning_rate is {learning_rate}; give a number above 0, such as 0.1")

    def init(params):
        return RowAdagradState(jax.tree.map(lambda leaf: jnp.zeros(leaf.shape[:1]), params))

    def update(updates, state, params=None):
        del params
        means = jax.tree.map(lambda g: jnp.mean(g**2, axis=tuple(range(1, g.ndim))), updates)
        total = jax.tree.map(jnp.add, state.total, means)
        wide = lambda rows, g: rows.reshape(rows.shape + (1,) * (g.ndim - rows.ndim))
        scaled = jax.tree.map(lambda g, s: g / (jnp.sqrt(wide(s, g)) + eps), updates, total)
        return scaled, RowAdagradState(total)

    rule = optax.GradientTransformation(init, update)
    return optax.chain(rule, optax.scale_by_learning_rate(learning_rate))
