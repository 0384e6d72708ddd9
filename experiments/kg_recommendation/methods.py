"""Rows of the tables: a model of the registry, and options that tell it from the others."""

from typing import Any, NamedTuple


class Method(NamedTuple):
    """A model as ``jaxrec models`` lists it, with options of ``jaxrec train``."""

    model: str
    options: dict[str, Any]


ONE_LAYER = {"n_layers": 1, "smooth_weight": 0.1}
METHODS = {
    "kgnn_ls": Method("kgnn_ls", ONE_LAYER),
    "kgnn_ls_faster": Method("kgnn_ls", ONE_LAYER),
    "kgnn_ls_deeper": Method("kgnn_ls", ONE_LAYER | {"n_layers": 2}),
    "kgcn": Method("kgcn", {"n_layers": 1}),
    "kgcn_deeper": Method("kgcn", {"n_layers": 2}),
    "gcn": Method("kgcn", {"n_layers": 1, "relations": "equal"}),
    "kgnn_ls_reference": Method(
        "kgnn_ls", ONE_LAYER | {"reduce": "mean", "smooth_form": "reference"}
    ),
    "kgcn_reference": Method("kgcn", {"n_layers": 1, "reduce": "mean"}),
    "ripplenet": Method("ripplenet", {}),
    "ripplenet_wider": Method("ripplenet", {}),
}
