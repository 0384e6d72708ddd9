"""Sampled hops on the host: what a producer of ``train.Pipeline`` makes while the device trains.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: the batch's part of
the graph is extracted and re-indexed, so the device holds no graph, and a small feature matrix.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling.hops import Hop, Hops


def host_hops(
    feature: Float[np.ndarray, "N F"],
    tables: Sequence[ImportanceNeighbors],
    seed: Int[np.ndarray, "S"],
    apart: tuple[Int[np.ndarray, "B"], Int[np.ndarray, "B"]] | None = None,
) -> Hops:
    """What ``hops`` gives for ``by_table`` of each table, equal but for the rounding of weights.

    Cost: a sort of every set, whatever the size of the catalogue, and the rows of features that the
    batch reads; ``feature`` may be mapped from a file.

    Args:
      tables: neighbors for each layer, in the order in which layers run.
      apart: queries and targets whose edges no node of the block may use.

    Raises:
      InputError: a seed or a neighbor that is no row of ``feature``.
    """
    _check("a seed", np.asarray(seed), len(feature))
    node, row = _distinct(seed, len(feature))
    n_real, found = int(row.max(initial=-1)) + 1, []
    for table in reversed(tables):
        sender, weight = np.asarray(table.sender)[node], np.asarray(table.weight)[node]
        _check("a neighbor", sender[weight > 0], len(feature))
        if apart is not None:
            weight = _without(sender, weight, node[:n_real], apart)
        before, place = _distinct(np.concatenate([node, sender.ravel()]), len(feature))
        near = place[len(node) :].reshape(sender.shape)
        hop: Any = place[: len(node)], near, weight  # Hops are typed as the device's.
        found.append(Hop(*hop))
        node, n_real = before, int(place.max(initial=-1)) + 1
    block: Any = feature[node], tuple(reversed(found)), row
    return Hops(*block)


def _check(what: str, rows: Int[np.ndarray, "m"], n_rows: int) -> None:
    outside = rows[(rows < 0) | (rows >= n_rows)]
    if len(outside):
        raise InputError(f"item {outside[0]} is {what}; give rows 0 to {n_rows - 1}")


def _distinct(
    node: Int[np.ndarray, "m"], n_nodes: int
) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "m"]]:
    """The nodes, each once and ascending, padded by 0; and the row there of each given."""
    found, place = np.unique(node, return_inverse=True)
    kept = np.zeros(min(len(node), n_nodes), node.dtype)
    kept[: len(found)] = found
    return kept, place.astype(np.int32)


def _without(
    sender: Int[np.ndarray, "n T"],
    weight: Float[np.ndarray, "n T"],
    node: Int[np.ndarray, "m"],
    apart: tuple[Int[np.ndarray, "B"], Int[np.ndarray, "B"]],
) -> Float[np.ndarray, "n T"]:
    """Weights without the edges of ``apart``, in sum 1 again."""
    weight = weight.copy()
    for end, other in (apart, apart[::-1]):
        row = np.minimum(np.searchsorted(node, end), len(node) - 1)
        there = node[row] == end  # Not all ends need be in the set.
        cut, column = np.nonzero(there[:, None] & (sender[row] == other[:, None]))
        weight[row[cut], column] = 0
    total = weight.sum(axis=1, keepdims=True)
    return weight / np.where(total > 0, total, 1)
