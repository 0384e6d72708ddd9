"""What is known of items: attributes, such as brand or genre, and their values."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Int

from jaxrec.base import InputError
from jaxrec.data import Triples

NEARLY_UNIQUE = 0.9
"""An attribute with more values than this share of its items says which item it is, and no more."""


class ItemFacts(NamedTuple):
    """One entry for each value of an attribute of an item.

    Attributes:
      item: row of the item.
      attribute: row in ``attributes``.
      value: row in ``values``.
      attributes: the relation row of every attribute.
      values: the entity row of every value.
    """

    item: Int[Array, "n"] | Int[np.ndarray, "n"]
    attribute: Int[Array, "n"] | Int[np.ndarray, "n"]
    value: Int[Array, "n"] | Int[np.ndarray, "n"]
    attributes: Int[Array, "A"] | Int[np.ndarray, "A"]
    values: Int[Array, "V"] | Int[np.ndarray, "V"]


def item_facts(facts: Triples, entity: Int[np.ndarray, "I"]) -> ItemFacts:
    """The facts whose head is an item, on the host. O(n log n).

    A relation is an attribute if it tells items apart and joins some: one that has a single value,
    or nearly as many as items, is left out, unless no other is there.

    Args:
      entity: the row of each item's entity.

    Raises:
      InputError: no fact has an item for its head.

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(rows(0, 1, 2, 0, 5), rows(0, 0, 0, 1, 0), rows(3, 3, 4, 4, 4), 6, 2)
    >>> found = item_facts(facts, rows(0, 1, 2))
    >>> found.item.tolist(), found.value.tolist(), found.attributes.tolist(), found.values.tolist()
    ([0, 1, 2], [0, 0, 1], [0], [3, 4])
    """
    order = np.argsort(facts.head, kind="stable")
    head = facts.head[order]
    first, last = (np.searchsorted(head, entity, side) for side in ("left", "right"))
    item = np.repeat(np.arange(len(entity)), last - first)
    if not len(item):
        raise InputError(
            "no fact has an item for its head; give facts such as (item, brand, name of the brand)"
        )
    begin = np.cumsum(last - first) - (last - first)
    row = order[np.repeat(first - begin, last - first) + np.arange(len(item))]
    relation, tail = facts.relation[row], facts.tail[row]
    distinct = lambda ends: np.bincount(np.unique(np.stack([relation, ends], 1), axis=0)[:, 0])
    n_values, n_heads = distinct(tail), distinct(entity[item])
    kept = ((n_values > 1) & (n_values <= NEARLY_UNIQUE * n_heads))[relation]
    kept = kept if kept.any() else np.ones_like(kept)
    attributes, attribute = np.unique(relation[kept], return_inverse=True)
    values, value = np.unique(tail[kept], return_inverse=True)
    columns = item[kept], attribute, value, attributes, values
    return ItemFacts(*(column.astype(np.int32) for column in columns))
