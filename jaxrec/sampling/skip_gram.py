"""What skip-gram reads of walks, drawn on the device: windows, pairs and negatives.

Mikolov et al., Distributed representations of words, NeurIPS 2013, with nodes for words. Every
place of a walk draws its own window, 1 to ``width`` uniformly, so near contexts count more, as in
the authors' program. Walks come from ``ops.walk``; places of -1 are padding.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, InputError, Key
from jaxrec.sampling.weighted import WeightedTable, draw_weighted


class Windows(NamedTuple):
    """Walks and what is near what in them.

    Attributes:
      walk: nodes, and padding below 0.
      near: whether place j is a context of place i.
    """

    walk: Int[Array, "B L"]
    near: Bool[Array, "B L L"]


def windows(
    key: Key, walk: Int[Array, "B L"], width: int, table: WeightedTable, n_shared: int
) -> Batch:
    """A batch whose queries are ``Windows``, its candidates ``n_shared`` negatives a walk.

    What ``models.skip_gram`` reads. Rows are gathered once a place, not once a pair, because all
    places of a walk share its negatives.

    Args:
      width: most places between a node and its context.
      table: ``weighted(degree ** 0.75)``, the law of the negatives.

    Raises:
      InputError: ``width`` below 1.
    """
    key_window, key_negative = jax.random.split(key)
    near = _near(key_window, walk, width)
    shape = (walk.shape[0], n_shared)
    negative = draw_weighted(key_negative, table, shape).astype(walk.dtype)
    return Batch(Windows(walk, near), negative, jnp.zeros(shape), jnp.ones(shape, bool))


def pairs(
    key: Key, walk: Int[Array, "B L"], width: int, table: WeightedTable, n_negatives: int = 5
) -> Batch:
    """The same as lists: a node, one of its contexts in column 0, negatives of its own after it.

    A batch of ``B * L * 2 * width`` pairs; those outside of a window or walk are masked. Trains
    with ``losses.binary_cross_entropy`` like any model, at many times the cost of ``windows``.

    Raises:
      InputError: ``width`` below 1.
    """
    key_window, key_negative = jax.random.split(key)
    near = _near(key_window, walk, width)
    size, length = walk.shape
    offset = jnp.concatenate([jnp.arange(-width, 0), jnp.arange(1, width + 1)])
    place = jnp.arange(length)[:, None] + offset[None]  # [L, 2 width]
    inside = (place >= 0) & (place < length)
    place = jnp.clip(place, 0, length - 1)
    valid = near[:, jnp.arange(length)[:, None], place] & inside[None]
    shape = (size, length, 2 * width)
    query = jnp.broadcast_to(walk[:, :, None], shape).reshape(-1)
    context = walk[:, place].reshape(-1)
    negative = draw_weighted(key_negative, table, (len(query), n_negatives)).astype(walk.dtype)
    item = jnp.concatenate([context[:, None], negative], axis=1)
    label = jnp.zeros(item.shape).at[:, 0].set(1)
    mask = jnp.broadcast_to(valid.reshape(-1)[:, None], item.shape)
    return Batch(jnp.maximum(query, 0), jnp.maximum(item, 0), label, mask)


def _near(key: Key, walk: Int[Array, "B L"], width: int) -> Bool[Array, "B L L"]:
    if width < 1:
        raise InputError(f"the width of the window is {width}; give 1 or more")
    window = jax.random.randint(key, walk.shape, 1, width + 1)
    place = jnp.arange(walk.shape[1])
    apart = abs(place[:, None] - place[None])[None]  # [1, L, L]
    valid = walk >= 0
    within = (apart > 0) & (apart <= window[:, :, None])
    return within & valid[:, :, None] & valid[:, None]
