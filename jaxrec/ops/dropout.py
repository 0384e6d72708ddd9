"""Dropout by key, and keys that may be None."""

from typing import overload

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import InputError, Key
from jaxrec.ops.sparse import Sparse


@overload
def dropout(x: Float[Array, "*n"], rate: float, key: Key | None) -> Float[Array, "*n"]: ...
@overload
def dropout(x: Sparse, rate: float, key: Key | None) -> Sparse: ...
def dropout(
    x: Float[Array, "*n"] | Sparse, rate: float, key: Key | None
) -> Float[Array, "*n"] | Sparse:
    """Zeroes entries with chance ``rate`` and divides the others by ``1 - rate``.

    Srivastava et al., Dropout, JMLR 2014, https://jmlr.org/papers/v15/srivastava14a.html

    Args:
      rate: in ``[0, 1)`` (``check_rate``).
      key: without one, ``x`` is returned unchanged.
    """
    if isinstance(x, Sparse):
        return x._replace(value=dropout(x.value, rate, key))
    if key is None or rate == 0:
        return x
    kept = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(kept, x / (1 - rate), 0)


def keys_of(key: Key | None, count: int) -> list[Key | None]:
    """As many keys from one, or as many None."""
    return [None] * count if key is None else list(jax.random.split(key, count))


def check_rate(name: str, rate: float) -> None:
    """Refuses a chance of dropout outside of ``[0, 1)``.

    Raises:
      InputError: names the argument.
    """
    if not 0 <= rate < 1:
        raise InputError(f"{name} is {rate}; give 0 (none) or more, below 1")
