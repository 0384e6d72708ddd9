"""Vectors of a whole catalogue by PinSage, layer by layer: nothing is computed twice.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.5: what an item sends is
computed once for all whose neighbor it is, and a layer is done for all items before the next.
Cost over N items with T neighbors: ``N (F m + T m + (F + m) d)`` multiply-adds a layer, where
batches by themselves would compute an item again for whoever is two steps away.
``retrieve.write_vectors`` is the same over files, for catalogues that no memory holds.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxrec.base import InputError, Params
from jaxrec.models.pinsage import combine, head, layers, project
from jaxrec.nn import Pool, importance_pooling
from jaxrec.ops import ImportanceNeighbors

BLOCK = 4096
"""Items computed at a time; neighbors' rows are gathered for so many."""

Features = Float[np.ndarray, "n F"] | Float[Array, "n F"]
Weights = Float[np.ndarray, "m T"] | Float[Array, "m T"]


class Catalogue(NamedTuple):
    """What serves every item, and what serves those that come later.

    Attributes:
      item: vectors.
      sent: by layer, what each item sends to those whose neighbor it is.
    """

    item: Float[np.ndarray, "N d"]
    sent: tuple[Float[np.ndarray, "N m"], ...]


def embed(
    params: Params,
    feature: Features,
    table: ImportanceNeighbors,
    pool: Pool = importance_pooling,
    block: int = BLOCK,
) -> Catalogue:
    """Vectors of all items, those of ``pinsage`` over ``sampling.full_neighborhood``.

    A layer is two programs of static shape, run over blocks of items. The device holds a block and
    what all items send, ``N m`` floats; the host ``N (F + 2 T + K m + 2 d)``.

    Args:
      params: of ``pinsage`` with any number of layers.
      table: neighbors of every item, the same in all layers.
      pool: that of the model.

    Raises:
      InputError: features of other items than the table's, of another width than the parameters' or
        not finite; a neighbor that is no item; a negative or infinite weight.
    """
    check_items(params, feature, table, len(feature))
    h, sent = np.asarray(feature), []
    for layer in layers(params):
        sent.append(by_blocks(partial(sends, layer), block, h))
        h = _layer(layer, pool, block, h, sent[-1], table)
    return Catalogue(by_blocks(partial(ends, params), block, h), tuple(sent))


def embed_new(
    params: Params,
    catalogue: Catalogue,
    feature: Features,
    table: ImportanceNeighbors,
    pool: Pool = importance_pooling,
    block: int = BLOCK,
) -> Float[np.ndarray, "n d"]:
    """Vectors of items that are not in the catalogue, by their features and their neighbors there.

    They are as ``embed`` would find them among the others, for nobody's neighbors they are yet.
    Nothing is trained. The ``k`` best for new item 0:
    ``top_lists(ops.dot, Embeddings(new, catalogue.item), np.array([0]), n_items, k)``, or, in an
    index, ``search(hnsw(catalogue.item), new[:1], k)``. Cost: that of the new items alone, and a
    program compiled for each number of them up to ``block``.

    Args:
      params: those by which the catalogue was embedded; others of its sizes are not told apart.
      table: a row a new item, rows of the catalogue; one without neighbors, all weights 0, is
        embedded by its features alone.

    Raises:
      InputError: as ``embed``, or a catalogue of other widths than the parameters'.
    """
    widths = [layer["project"]["kernel"].shape[1] for layer in layers(params)]
    found = [sent.shape[1] for sent in catalogue.sent]
    if widths != found:
        raise InputError(
            f"the parameters' layers send {widths} numbers, the catalogue's {found}; give the "
            "parameters by which it was embedded"
        )
    check_items(params, feature, table, len(catalogue.item))
    h, weight = np.asarray(feature), np.asarray(table.weight)
    sender = np.where(weight > 0, table.sender, 0)  # Padding may point anywhere.
    for layer, sent in zip(layers(params), catalogue.sent, strict=True):
        arrived = partial(_from_host, pool, layer, sent)
        h = by_blocks(arrived, block, h, sender, weight)
    return by_blocks(partial(ends, params), block, h)


def check_items(
    params: Params, feature: Features, table: ImportanceNeighbors, n_items: int
) -> None:
    """Refuses items that cannot be embedded.

    Raises:
      InputError: see ``embed``.
    """
    sender, weight = np.asarray(table.sender), np.asarray(table.weight)
    if sender.shape != weight.shape:
        raise InputError(f"neighbors are {list(sender.shape)}, weights {list(weight.shape)}")
    check_rows(n_features(params), feature, weight)
    outside = sender[(weight > 0) & ((sender < 0) | (sender >= n_items))]
    if len(outside):
        raise InputError(f"item {outside[0]} is a neighbor; give rows 0 to {n_items - 1}")


def check_rows(n_features: int, feature: Features, weight: Weights) -> None:
    """Refuses rows of items, whoever their neighbors are.

    Raises:
      InputError: see ``embed``.
    """
    if not len(weight) or feature.shape != (len(weight), n_features):
        raise InputError(
            f"features are {list(feature.shape)} and neighbors {list(weight.shape)}; give a row "
            f"an item in both, and the {n_features} features that the parameters were trained on"
        )
    bad = np.flatnonzero(~np.isfinite(np.asarray(feature)).all(axis=1))
    if len(bad):
        raise InputError(f"features of row {bad[0]} are not finite; give 0 where one is unknown")
    bad = np.flatnonzero(~(np.isfinite(weight) & (np.asarray(weight) >= 0)).all(axis=1))
    if len(bad):
        raise InputError(f"a weight of row {bad[0]} is negative or not finite; give shares, or 0")


def n_features(params: Params) -> int:
    """Numbers that an item has."""
    first = params["layer_0"]["project"] if layers(params) else params["head"]["hidden"]
    return first["kernel"].shape[0]


def by_blocks(
    function: Callable[..., Float[Array, "b w"]], block: int, *rows: np.ndarray
) -> Float[np.ndarray, "n w"]:
    """``function`` of so many rows at a time, always of the same number: the last overlap.

    Raises:
      InputError: ``block`` below 1.
    """
    if block < 1:
        raise InputError(f"a block has {block} rows; give 1 or more")
    n = len(rows[0])
    size, found = min(block, n), np.empty((0, 0), np.float32)
    for start in range(0, n, size):
        first = min(start, n - size)
        value = np.asarray(function(*(array[first : first + size] for array in rows)))
        if not start:
            found = np.empty((n, value.shape[1]), value.dtype)
        found[first : first + size] = value
    return found


sends = jax.jit(project)
ends = jax.jit(head)


@partial(jax.jit, static_argnums=0)
def takes(pool: Pool, layer: Params, h, z, weight):
    """``models.pinsage.combine``."""
    return combine(layer, h, z, weight, pool)


@partial(jax.jit, static_argnums=0)
def _gathers(pool: Pool, layer: Params, z, h, sender, weight):
    return combine(layer, h, z[sender], weight, pool)


def _from_host(pool: Pool, layer: Params, sent: np.ndarray, h, sender, weight):
    return takes(pool, layer, h, sent[sender], weight)


def _layer(
    layer: Params, pool: Pool, block: int, h, sent, table: ImportanceNeighbors
) -> np.ndarray:
    function = partial(_gathers, pool, layer, jnp.asarray(sent))
    return by_blocks(function, block, h, np.asarray(table.sender), np.asarray(table.weight))
