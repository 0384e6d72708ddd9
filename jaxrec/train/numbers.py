"""Trees of arrays as plain numbers, for files, and back."""

from typing import cast

import jax
import jax.numpy as jnp
import numpy as np


def numbers(tree):
    """Arrays as NumPy's, random keys as their numbers; shapes (but of keys) as zeros."""

    def number(leaf):
        if isinstance(leaf, jax.ShapeDtypeStruct):
            return np.zeros(leaf.shape, leaf.dtype)
        if not isinstance(leaf, jax.Array):
            return leaf
        return np.asarray(jax.random.key_data(leaf) if is_key(leaf) else leaf)

    return jax.tree.map(number, tree)


def typed(found, like):
    """The numbers in ``found`` as the kinds of arrays that ``like`` holds."""

    def array(number, like):
        if not isinstance(like, jax.Array | jax.ShapeDtypeStruct):
            return number
        array = jax.device_put(number)
        if not is_key(like):
            return array
        return jax.random.wrap_key_data(array, impl=jax.random.key_impl(cast(jax.Array, like)))

    return jax.tree.map(array, found, like)


def check_shapes(stored, like) -> None:
    """Refuses another tree's arrays by name.

    Raises:
      ValueError: a leaf has another shape, or there is none of its name.
    """
    there, here = _shapes(stored), _shapes(like)
    for name in sorted(there.keys() | here.keys()):
        if there.get(name) != here.get(name):
            raise ValueError(f"{name} has shape {there.get(name)}, not {here.get(name)}")


def is_key(leaf) -> bool:
    """Whether a leaf is an array of random keys, which NumPy does not know."""
    if not isinstance(leaf, jax.Array | jax.ShapeDtypeStruct):
        return False
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _shapes(tree) -> dict[str, tuple[int, ...]]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in leaves]
    return {name: np.shape(leaf) for name, (_, leaf) in zip(names, leaves, strict=True)}
