"""Dense layers."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Key, Params


def init_mlp(key: Key, *widths: int) -> list[Params]:
    """A kernel, Xavier uniform, and a bias of 0 between each width and the next."""
    glorot, keys = jax.nn.initializers.glorot_uniform(), jax.random.split(key, len(widths) - 1)
    shapes = zip(widths[:-1], widths[1:], strict=True)
    return [
        {"kernel": glorot(k, shape), "bias": jnp.zeros(shape[1])}
        for k, shape in zip(keys, shapes, strict=True)
    ]


def mlp(
    params: list[Params],
    x: Float[Array, "*n d"],
    activation: Callable[[Array], Array] = jax.nn.relu,
) -> Float[Array, "*n D"]:
    """``activation(x W + b)`` in turn; the last layer has no activation."""
    for layer in params[:-1]:
        x = activation(dense(layer, x))
    return dense(params[-1], x)


def dense(params: Params, *parts: Float[Array, "*n _"]) -> Float[Array, "*n D"]:
    """``[x, y, ...] W + b`` of parts that stand beside each other, without b if there is none."""
    x = parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=-1)
    product = jnp.matmul(x, params["kernel"])
    if "bias" not in params:
        return product
    return product + jnp.broadcast_to(params["bias"], product.shape)
