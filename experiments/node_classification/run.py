"""Node classification on Cora and Citeseer: accuracy of GCN, SGC, GAT and GraphSAGE.

One gradient an epoch, of all training nodes of Planetoid's split. Parameters are those of the epoch
that was best on the validation nodes; test nodes are asked once, and once more after correct and
smooth has spread the labels of the training nodes.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.node_classification.recipes import RECIPES
from experiments.recipe import check_names, told, write
from jaxrec.data import NODES
from jaxrec.graph import homogeneous
from jaxrec.models import correct_and_smooth
from jaxrec.ops import prepare
from jaxrec.runs import read_run

PUBLISHED = {"cora": {"gcn": 0.815, "gat": 0.830}, "citeseer": {"gcn": 0.703, "gat": 0.725}}
"""Kipf and Welling 2017, table 2; Velickovic et al. 2018, table 2."""
Rows = dict[str, dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained; how, is in ``recipes.RECIPES``."""

    data: tuple[str, ...] = tuple(NODES)
    """Names, or paths to files of ``data.load_nodes``."""
    models: tuple[str, ...] = tuple(RECIPES)
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    seeds: tuple[int, ...] = tuple(range(10))
    quick: bool = False
    """One seed of ten epochs, to see it run."""
    out: str = "experiments/node_classification/results"
    """Folder for one JSON file a graph and model."""


def main(config: Config) -> dict[str, Rows]:
    """Classifies the papers of Cora and Citeseer; prints and writes a table."""
    check_names(config.models, tuple(RECIPES), "--models")
    if config.quick:
        config = dataclasses.replace(config, seeds=config.seeds[:1])
    found: dict[str, Rows] = {}
    for data in config.data:
        rows: Rows = {}
        for name in config.models:
            recipe, began = RECIPES[name] | ({"epochs": 10} if config.quick else {}), time.time()
            runs = [run(data, name, seed, recipe, config.data_dir) for seed in config.seeds]
            rows[name] = {"runs": runs, "minutes": (time.time() - began) / 60}
            called = Path(data).stem
            settings = dataclasses.asdict(config) | {"data": called, "models": name}
            path = Path(config.out) / f"{called}-{name}.json"
            write(path, settings | {"recipe": recipe}, rows[name])
        found[Path(data).stem] = rows
    _show(found)
    return found


def run(
    data: str, name: str, seed: int, recipe: dict[str, Any], data_dir: str | None = None
) -> dict[str, Any]:
    """Trains a seed, and returns what it found on the validation and test nodes.

    Accuracies are shares of one.
    """
    fitted = jaxrec.fit(data, f"{name}_nodes", seed=seed, data_dir=data_dir, **recipe)
    results, smoothed = fitted.results, smoothed_accuracy(fitted)
    ask = lambda part: {"accuracy": results[part]["accuracy"], "smoothed": smoothed[part]}
    systems = {system: row["accuracy"] for system, row in results["baselines"].items()}
    line = f"{data} {name} seed {seed}: valid {results['valid']['accuracy']:.3f}"
    Console(stderr=True).print(f"{line}, epoch {results['model']['epoch']}", markup=False)
    found = {"seed": seed, "best_epoch": results["model"]["epoch"], "baselines": systems}
    return found | {part: ask(part) for part in ("valid", "test")}


def smoothed_accuracy(fitted: jaxrec.Run) -> dict[str, float]:
    """Accuracy by part, after the labels of the training nodes were spread."""
    served = read_run(fitted.folder).encoded()
    split, nodes = served.data.split, served.data.graph
    around = prepare(homogeneous(nodes.senders, nodes.receivers, nodes.n_nodes), "bcsr")
    share, known = jax.nn.softmax(jnp.asarray(served.reps), axis=1), split.train
    spread = _spread(share, around, jnp.asarray(known.node), jnp.asarray(known.label))
    answer = np.argmax(spread, axis=1)
    parts = {"valid": split.valid, "test": split.test}
    return {name: float(np.mean(answer[part.node] == part.label)) for name, part in parts.items()}


_spread = jax.jit(correct_and_smooth)


def _show(found: dict[str, Rows]) -> None:
    table = Table(title="Accuracy on the test nodes", title_justify="left")
    table.add_column("")
    names = "ours", "published", "correct and smooth", "validation nodes", "best epoch", "minutes"
    for name in names:
        table.add_column(name, justify="right")
    for data, rows in found.items():
        for name, row in rows.items():
            published = PUBLISHED.get(data, {}).get(name)
            valid = np.mean([one["valid"]["accuracy"] for one in row["runs"]])
            epochs = np.mean([one["best_epoch"] for one in row["runs"]])
            table.add_row(
                f"{data} {name}",
                told(row["runs"], "accuracy"),
                "" if published is None else f"{published:.3f}",
                told(row["runs"], "smoothed"),
                f"{valid:.4f}",
                f"{epochs:.0f}",
                f"{row['minutes']:.1f}",
            )
        first = next(iter(rows.values()))["runs"][0]
        for name, accuracy in first["baselines"].items():
            table.add_row(f"{data} {name}", f"{accuracy:.4f}", *[""] * 5)
    Console(width=130).print(table)
