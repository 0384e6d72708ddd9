"""Negatives drawn so that near and far ones are seen alike."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError, Key

Columns = tuple[Int[Array, "B n"], Bool[Array, "B n"]]


def log_density(distance: Float[Array, "*n"], dim: int) -> Float[Array, "*n"]:
    """Log density, up to a constant, of the distance of two random points on the unit sphere.

    ``q(d) = d^(dim - 2) (1 - d^2 / 4)^((dim - 3) / 2)`` for d in (0, 2): around sqrt(2), and the
    narrower the more dimensions there are.
    """
    tiny = jnp.finfo(distance.dtype).tiny  # Rounding takes d to 2 and beyond.
    inner = jnp.maximum(1 - distance**2 / 4, tiny)
    return (dim - 2) * jnp.log(jnp.maximum(distance, tiny)) + (dim - 3) / 2 * jnp.log(inner)


def distance_weighted(
    key: Key,
    distance: Float[Array, "B N"],
    dim: int,
    n: int,
    cutoff: float = 0.5,
    where: Bool[Array, "B N"] | None = None,
) -> Columns:
    """Columns of ``n`` of the N candidates, without replacement, by ``min(q(cutoff)^-1, q(d)^-1)``.

    Uniform candidates lie almost all at sqrt(2), where nothing is learned; divided by their density
    all distances are as likely, and the limit keeps the nearest, whose gradients are noise, from
    being drawn alone. It is a second stage: of N candidates drawn uniformly, n are kept. The first
    column has exactly that law; each of the next has it among those that are left.

    Weights never leave log space and are compared within their row by Gumbel noise, so rows do not
    underflow in any dimension. Beyond sqrt(2) weights grow again; ``where & (distance < 1.4)`` cuts
    there, as the reference code does.

    Wu et al., Sampling matters in deep embedding learning, ICCV 2017,
    https://arxiv.org/abs/1706.07567, section 4; Gumbel top-k: Kool et al., ICML 2019.

    Args:
      distance: Euclidean, of vectors of norm 1: ``sqrt(2 - 2 cos)``, in ``[0, 2]``.
      dim: width of those vectors.
      where: False at candidates that must not be drawn.

    Returns:
      Columns in ``[B, n]``, and False at those that a row with fewer candidates could not fill.

    Raises:
      InputError: ``dim`` below 2, ``n`` not in 1 to N, ``cutoff`` not above 0 and below sqrt(2).
    """
    if dim < 2:
        raise InputError(f"dim is {dim}; distances on a sphere need 2 or more")
    if not 1 <= n <= distance.shape[1]:
        raise InputError(f"{n} of {distance.shape[1]} candidates; give 1 to {distance.shape[1]}")
    if not 0 < cutoff < math.sqrt(2):
        raise InputError(f"cutoff is {cutoff}; give a distance above 0 and below sqrt(2)")
    # Below sqrt(2) the density grows, so nearer ones than the cutoff reach the limit.
    limit = -log_density(jnp.asarray(cutoff, distance.dtype), dim)
    weight = jnp.minimum(-log_density(jnp.maximum(distance, cutoff), dim), limit)  # Of logs.
    noisy = weight + jax.random.gumbel(key, weight.shape, weight.dtype)
    valid = jnp.ones(distance.shape, bool) if where is None else where
    best, column = jax.lax.top_k(jnp.where(valid, noisy, -jnp.inf), n)
    return column, best > -jnp.inf
