"""Batches of labeled nodes, whose candidates are the classes."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, Key
from jaxrec.sampling.facts import check_batch


class LabeledTable(NamedTuple):
    """Nodes with the class of each, one entry each.

    Attributes:
      every: all classes in order.
    """

    node: Int[Array, "n"] | Int[np.ndarray, "n"]
    label: Int[Array, "n"] | Int[np.ndarray, "n"]
    every: Int[Array, "C"] | Int[np.ndarray, "C"]


def shuffled_nodes(
    key: Key, table: LabeledTable, batch_size: int
) -> tuple[Int[Array, "S B"], Bool[Array, "S B"]]:
    """All nodes once, in random order: entries of the table, and which are no padding.

    The last batch is filled up with entries that are padding.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size)
    n = table.node.shape[0]
    place = jnp.resize(jax.random.permutation(key, n), (-(-n // batch_size), batch_size))
    return place, jnp.arange(place.size).reshape(place.shape) < n


def node_batch(dealt: tuple[Int[Array, "B"], Bool[Array, "B"]], table: LabeledTable) -> Batch:
    """A batch of nodes and all classes, label 1 at a node's own.

    >>> table = LabeledTable(np.array([4, 7]), np.array([1, 0]), np.arange(2))
    >>> batch = node_batch((jnp.array([1]), jnp.array([True])), table)
    >>> batch.query.tolist(), batch.item.tolist(), batch.label.tolist(), batch.mask.tolist()
    ([7], [0, 1], [[1.0, 0.0]], [[True, True]])

    Args:
      dealt: of ``shuffled_nodes``, one batch.
    """
    place, real = dealt
    node, label, every = map(jnp.asarray, table)
    one_hot = (label[place][:, None] == every[None]).astype(jnp.float32)
    mask = jnp.broadcast_to(real[:, None], one_hot.shape)
    return Batch(node[place], every, one_hot, mask)
