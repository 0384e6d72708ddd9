"""Rows of length one."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def unit(x: Float[Array, "*n d"]) -> Float[Array, "*n d"]:
    """Divides every row by its length; rows of zeros stay zero and get gradients of zero.

    Rows shorter than 1e-19 count as zero: their squares underflow in float32.

    >>> print(unit(jnp.array([[3.0, 4.0], [0.0, 0.0]])))
    [[0.6 0.8]
     [0.  0. ]]
    """
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    # Chosen before the root, for the gradient of a root at zero is infinite on either branch.
    return x * jnp.where(square > 0, jax.lax.rsqrt(jnp.where(square > 0, square, 1)), 0)
