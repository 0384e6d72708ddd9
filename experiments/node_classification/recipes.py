"""How each model is built and trained."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import jraph
from jax import Array

from jaxrec.base import Model
from jaxrec.graph import homogeneous
from jaxrec.models import gat_nodes, gcn_nodes, graphsage_nodes, sgc_nodes
from jaxrec.ops import edge_list, prepare


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A model with its graph and the numbers of its training."""

    build: Callable[..., Model]
    """From the numbers of features and classes."""
    weigh: Callable[..., jraph.GraphsTuple]
    """Edges to the normalized graph."""
    form: Callable[[jraph.GraphsTuple], Any]
    """That graph to what the model reads."""
    settings: dict[str, Any]
    """Of ``build``."""
    learning_rate: float
    """Of Adam."""
    l2: float
    """On half the squared norm of ``decayed``."""
    decayed: tuple[str, ...]
    """Parameters by name; none for all."""
    values: Callable[[Array, Array], list[Array]]
    """From accuracy and loss on the validation nodes to what training is judged by, higher is
    better: the epoch is one where all are best, and while one is training goes on."""
    patience: int
    """Epochs in which none reaches its best, after which training ends."""
    n_epochs: int

    def told(self) -> dict[str, Any]:
        """The numbers, and the model by name."""
        row = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        names = {"build": self.build.__name__, "values": self.values.__name__}
        return row | names | {"weigh": None, "form": None}


def by_loss(accuracy: Array, loss: Array) -> list[Array]:
    """GCN's: the loss alone."""
    del accuracy  # The paper stops by the loss.
    return [-loss]


def by_both(accuracy: Array, loss: Array) -> list[Array]:
    """GAT's: the paper stops by both."""
    return [accuracy, -loss]


def by_accuracy(accuracy: Array, loss: Array) -> list[Array]:
    """Accuracy, and the loss where it is equal, for it adds less than a right answer of 500."""
    return [accuracy + jnp.exp(-loss) / 500]


with_loops = partial(homogeneous, self_loops=True)
RECIPES: dict[str, Recipe] = {
    "gcn": Recipe(
        gcn_nodes,
        with_loops,
        partial(prepare, formulation="bcsr"),
        {"dims": (16,), "dropout": 0.5},
        learning_rate=0.01,
        l2=5e-4,
        decayed=("layer_0",),
        values=by_loss,
        patience=10,
        n_epochs=200,
    ),
    "sgc": Recipe(
        sgc_nodes,
        with_loops,
        partial(prepare, formulation="bcsr"),
        {"n_layers": 2},
        learning_rate=0.2,
        l2=1e-5,
        decayed=(),
        values=by_accuracy,
        patience=100,
        n_epochs=500,
    ),
    "gat": Recipe(
        gat_nodes,
        with_loops,
        edge_list,
        {"dims": (8,), "n_heads": 8, "n_output_heads": 1}
        | {"dropout": 0.6, "attention_dropout": 0.6, "value_dropout": 0.6},
        learning_rate=0.005,
        l2=5e-4,
        decayed=(),
        values=by_both,
        patience=100,
        n_epochs=2000,
    ),
    "graphsage": Recipe(
        graphsage_nodes,
        partial(homogeneous, r=1.0),
        partial(prepare, formulation="bcsr"),
        {"dims": (64, 64), "aggregator": "mean", "dropout": 0.5},
        learning_rate=0.01,
        l2=5e-4,
        decayed=(),
        values=by_accuracy,
        patience=100,
        n_epochs=500,
    ),
}
"""GCN's and GAT's numbers are those of their papers for Cora and Citeseer; SGC's and
GraphSAGE's were chosen on the validation nodes of Cora."""
