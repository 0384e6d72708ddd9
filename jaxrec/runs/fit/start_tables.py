"""Which tables of a model have a row an id, so that they may begin elsewhere."""

from typing import Any

import polars as pl

from jaxrec.base import Params
from jaxrec.tasks import Data, LinkData, NodeData, RunData


def ids_of(data: Data) -> dict[str, pl.Series]:
    """By table the caller's id of each row."""
    if isinstance(data, LinkData):
        return {"entity": data.entity_ids}
    if isinstance(data, NodeData):  # Without features its inputs have a row a node.
        return {}
    assert isinstance(data, RunData), "data of users and items"
    facts = {} if data.knowledge is None else {"entity": data.knowledge.graph.entity_ids}
    return {"user": data.user_ids, "item": data.item_ids} | facts


def tables_of(params: Params, ids: dict[str, pl.Series]) -> dict[str, Any]:
    """Those of ``params`` that have a row an id; names may stand for other things, as of layers."""
    return {
        name: params[name]
        for name in ids
        if getattr(params.get(name), "shape", ())[:1] == (len(ids[name]),)
    }


def width(table: Any) -> str:
    """Numbers in a row of a table, in words."""
    return " x ".join(map(str, table.shape[1:]))
