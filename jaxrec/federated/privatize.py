"""What a client does to its gradient before it leaves: clipping and noise.

What each promises stands in ``account``. Noise is added to rows that are sent alone, so it does not
hide which rows these are.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Key, Params

Privatize = Callable[[Key, Params, dict[str, Any]], Params]
"""``(key, gradient, owned) -> gradient`` of one client; ``owned`` says by table which
rows are no padding, and others stay 0."""


def unchanged(key: Key, gradient: Params, owned: dict[str, Any]) -> Params:
    """The gradient as it is."""
    del key, owned
    return gradient


def relative_laplace(clip: float = 0.3, scale: float = 0.1, one_draw: bool = False) -> Privatize:
    """Builds FeSoG's noise: every tensor g becomes ``clip(g) + Laplace(0, scale |mean(g)|)``.

    Entries are clipped to ``[-clip, clip]``, and the mean is that before. The noise follows the
    data, so no differential privacy follows from it.

    Args:
      one_draw: one number for all entries of a tensor, as the reference implementation has it.

    Raises:
      InputError: ``clip`` or ``scale`` out of range.
    """
    _check(clip, scale)

    def privatize(key: Key, gradient: Params, owned: dict[str, Any]) -> Params:
        def noisy(leaf: Float[Array, "*n"], noise: Float[Array, "*n"], there: Bool[Array, "*n"]):
            mean = jnp.sum(leaf) / jnp.maximum(jnp.sum(there), 1)
            own = jnp.ravel(noise)[0] if one_draw else noise
            return jnp.clip(leaf, -clip, clip) + scale * jnp.abs(mean) * own

        return _each(key, gradient, owned, jax.random.laplace, noisy)

    return privatize


def laplace(clip: float, multiplier: float) -> Privatize:
    """Builds the Laplace mechanism: the gradient's L1 norm is at most ``clip``, then noise.

    All that a client sends counts into one norm; the noise of every entry is
    ``Laplace(0, multiplier clip)``. Dwork and Roth, The algorithmic foundations of differential
    privacy, 2014, definition 3.3.

    Raises:
      InputError: ``clip`` or ``multiplier`` out of range.
    """
    _check(clip, multiplier)
    norm = lambda leaves: sum((jnp.sum(jnp.abs(leaf)) for leaf in leaves), jnp.zeros(()))
    return _mechanism(clip, multiplier, norm, jax.random.laplace)


def gaussian(clip: float, multiplier: float) -> Privatize:
    """Builds the Gaussian mechanism: the gradient's L2 norm is at most ``clip``, then noise.

    All that a client sends counts into one norm; the noise of every entry is
    ``Normal(0, (multiplier clip)^2)``. Dwork and Roth, 2014, appendix A.

    Raises:
      InputError: ``clip`` or ``multiplier`` out of range.
    """
    _check(clip, multiplier)
    norm = lambda leaves: jnp.sqrt(sum((jnp.sum(leaf**2) for leaf in leaves), jnp.zeros(())))
    return _mechanism(clip, multiplier, norm, jax.random.normal)


def _mechanism(clip: float, multiplier: float, norm, draw) -> Privatize:
    def privatize(key: Key, gradient: Params, owned: dict[str, Any]) -> Params:
        shrink = jnp.minimum(1, clip / jnp.maximum(norm(jax.tree.leaves(gradient)), 1e-12))

        def noisy(leaf: Float[Array, "*n"], noise: Float[Array, "*n"], there: Bool[Array, "*n"]):
            del there
            return shrink * leaf + multiplier * clip * noise

        return _each(key, gradient, owned, draw, noisy)

    return privatize


def _each(key: Key, gradient: Params, owned, draw, noisy) -> Params:
    """Every tensor with its part of one draw; rows of padding are 0."""
    paths, found = jax.tree_util.tree_leaves_with_path(gradient), []
    cuts = np.cumsum([leaf.size for _, leaf in paths]).tolist()
    drawn = jnp.split(draw(key, (cuts[-1],)), cuts[:-1])
    for noise, (path, leaf) in zip(drawn, paths, strict=True):
        rows = owned.get(path[0].key)
        there = jnp.broadcast_to(True if rows is None else rows[:, None], leaf.shape)
        found.append(jnp.where(there, noisy(leaf, noise.reshape(leaf.shape), there), 0))
    return jax.tree.unflatten(jax.tree.structure(gradient), found)


def _check(clip: float, scale: float) -> None:
    if not clip > 0 or not scale >= 0:
        raise InputError(
            f"clip is {clip} and noise {scale}; give a number above 0, and one of 0 or more"
        )
