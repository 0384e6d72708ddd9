"""Runs of earlier formats, by the names and the meaning that options and parameters have now."""

from typing import Any

from jaxrec import registry

FORMAT = 3
"""Of runs that are written now; raised when something of earlier runs has to be read otherwise.

Format 2 had British names; 1 had no refit, and another ``r``.
"""
OPTIONS = {"n_neighbours": "n_neighbors"}
VALUES = {"neighbour": "neighbor"}
PARAMS = {
    "neighbour": "neighbor",
    "neighbour_of_user": "neighbor_of_user",
    "neighbour_of_item": "neighbor_of_item",
}


def options_now(options: dict[str, Any], stored_as: int) -> dict[str, Any]:
    """Options of a run of format ``stored_as`` as they are given now."""
    if stored_as < 3:
        options = {OPTIONS.get(name, name): _value(value) for name, value in options.items()}
    return _of_format_1(options) if stored_as < 2 else options


def _value(value: Any) -> Any:
    return VALUES.get(value, value) if isinstance(value, str) else value


def _of_format_1(options: dict[str, Any]) -> dict[str, Any]:
    now = dict(options)
    if registry.entry(now["model"]).trained:
        now["refit"] = False
    if now["model"] == "filter_r":  # All entries, and r the exponent of the history's items.
        now |= {"r": 1 - now["r"], "n_neighbors": 0}
    if now["model"] == "item_knn":
        now.pop("propagation", None)
    return now


def params_then(params: Any, stored_as: int) -> Any:
    """Parameters of now by the names that a checkpoint of format ``stored_as`` has for them."""
    then = {now: then for then, now in PARAMS.items()}
    return _renamed(params, then) if stored_as < 3 else params


def params_now(params: Any, stored_as: int) -> Any:
    """Undoes ``params_then``."""
    return _renamed(params, PARAMS) if stored_as < 3 else params


def _renamed(tree: Any, names: dict[str, str]) -> Any:
    if not isinstance(tree, dict):
        return tree
    return {names.get(name, name): _renamed(value, names) for name, value in tree.items()}
