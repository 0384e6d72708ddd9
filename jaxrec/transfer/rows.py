"""Warm start: rows of an older run's tables where entities were added since.

El-Kishky et al., TwHIN, KDD 2022, https://arxiv.org/abs/2202.05387, starts each version from the
one before, which keeps vectors from drifting; what is new has its own initialization.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from jaxrec.base import InputError
from jaxrec.data import Triples


def carry(fresh: PyTree, older: PyTree, rows: Mapping[str, Int[np.ndarray, "_"]]) -> PyTree:
    """``fresh`` with the rows that ``older`` has: of parameters, and of what an optimizer keeps.

    Of every array under a name of ``rows`` each row is the older one it names; where it names none,
    the fresh row stays. All else is fresh. What the optimizer keeps, carried likewise, holds old
    rows still and lets new ones move.

    Args:
      rows: by table the older row of each row, -1 where it is new (``data.Network.rows_in``).

    Raises:
      InputError: a table that is not there, rows for another number of them or beyond the older
        table, or tables of another width.
    """
    before = {path: leaf for path, leaf in jax.tree_util.tree_leaves_with_path(older)}
    met = set()

    def take(path: Any, leaf: Any) -> Any:
        name = next((name for name in rows if jax.tree_util.DictKey(name) in path), None)
        if name is None:
            return leaf
        met.add(name)
        if path not in before:
            raise InputError(f"the older run has no {name} there; carry tables of the same model")
        source, row = before[path], rows[name]
        _check(name, leaf, source, row)
        known = (row >= 0).reshape((-1,) + (1,) * (leaf.ndim - 1))
        return jnp.where(known, jnp.asarray(source)[np.maximum(row, 0)], leaf)

    carried = jax.tree_util.tree_map_with_path(take, fresh)
    absent = sorted(set(rows) - met)
    if absent:
        raise InputError(f"there is no table {absent[0]!r}; name those of the parameters")
    return carried


def near_mean(
    table: Float[Array, "E d"], row: Int[np.ndarray, "E"], facts: Triples
) -> Float[Array, "E d"]:
    """The table with each new entity at the mean of its known neighbors, by facts of any relation.

    New entities without a known neighbor stay. (A reconstruction: the paper's own start of new
    entities may differ.)

    Args:
      row: of ``carry``: below 0 where an entity is new.
    """
    ends = np.concatenate([facts.head, facts.tail]), np.concatenate([facts.tail, facts.head])
    use = (row[ends[0]] < 0) & (row[ends[1]] >= 0)
    new, near = (end[use] for end in ends)
    total = jax.ops.segment_sum(table[near], new, len(row))
    count = np.bincount(new, minlength=len(row))[:, None]
    return jnp.where(count > 0, total / np.maximum(count, 1), table)


def _check(name: str, leaf: Any, source: Any, row: Int[np.ndarray, "n"]) -> None:
    if len(row) != leaf.shape[0] or len(row) and row.max() >= source.shape[0]:
        raise InputError(
            f"{name}: {len(row)} rows up to {row.max(initial=-1)} for a table of {leaf.shape[0]} "
            f"and an older one of {source.shape[0]}; give one for each, within the older"
        )
    if leaf.shape[1:] != source.shape[1:]:
        raise InputError(
            f"{name}: rows of shape {list(leaf.shape[1:])} and {list(source.shape[1:])} before; "
            "keep the width"
        )
