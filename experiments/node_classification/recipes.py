"""How each model is trained: options of ``jaxrec train --model NAME_nodes``."""

from typing import Any

RECIPES: dict[str, dict[str, Any]] = {
    "gcn": {
        "dims": (16,),
        "dropout": 0.5,
        "learning_rate": 0.01,
        "l2": 5e-4,  # On the first layer alone.
        "select": "log_loss",
        "patience": 10,
        "epochs": 200,
    },
    "sgc": {
        "n_layers": 2,
        "learning_rate": 0.2,
        "l2": 1e-5,
        "select": "accuracy",
        "patience": 100,
        "epochs": 500,
    },
    "gat": {
        "dims": (8,),
        "n_heads": 8,
        "n_output_heads": 1,
        "dropout": 0.6,
        "attention_dropout": 0.6,
        "value_dropout": 0.6,
        "learning_rate": 0.005,
        "l2": 5e-4,
        "select": "accuracy",
        "patience": 100,
        "epochs": 2000,
    },
    "graphsage": {
        "dims": (64, 64),
        "aggregator": "mean",
        "dropout": 0.5,
        "learning_rate": 0.01,
        "l2": 5e-4,
        "select": "accuracy",
        "patience": 100,
        "epochs": 500,
    },
}
"""GCN's and GAT's numbers are those of their papers for Cora and Citeseer, but that GAT stops by
accuracy alone; SGC's and GraphSAGE's were chosen on the validation nodes of Cora."""
