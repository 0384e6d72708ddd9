"""Node classification on Cora and Citeseer: accuracy of GCN, SGC, GAT and GraphSAGE.

One gradient an epoch, of all training nodes of Planetoid's split. Parameters are those of the epoch
that was best on the validation nodes; test nodes are asked once, and once more after correct and
smooth has spread the labels of the training nodes.
"""

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from rich.console import Console
from rich.table import Table

from experiments.node_classification.recipes import RECIPES, Recipe
from experiments.recipe import check_names, told, write
from jaxrec.base import Batch, Params
from jaxrec.data import NODES, LabeledNodes, load_nodes, row_normalized
from jaxrec.graph import Featured, homogeneous
from jaxrec.losses import softmax
from jaxrec.models import correct_and_smooth
from jaxrec.ops import prepare, sparse
from jaxrec.train import l2_params, objective, rank, step, until_stalled

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
    recipes = {name: RECIPES[name] for name in config.models}
    if config.quick:
        config = dataclasses.replace(config, seeds=config.seeds[:1])
        recipes = {
            name: dataclasses.replace(recipe, n_epochs=10) for name, recipe in recipes.items()
        }
    found: dict[str, Rows] = {}
    for data in config.data:
        nodes = load_nodes(data, data_dir=config.data_dir)
        rows = found[nodes.name] = {}
        for name, recipe in recipes.items():
            began = time.perf_counter()
            tell = partial(_tell, began, f"{nodes.name} {name}")
            runs = run(nodes, recipe, config.seeds, tell)
            rows[name] = {"runs": runs, "minutes": (time.perf_counter() - began) / 60}
            settings = dataclasses.asdict(config) | {"data": nodes.name, "models": name}
            path = Path(config.out) / f"{nodes.name}-{name}.json"
            write(path, settings | {"recipe": recipe.told()}, rows[name])
    _show(found)
    return found


def run(
    nodes: LabeledNodes, recipe: Recipe, seeds: tuple[int, ...], tell: Callable[[Any], None]
) -> list[dict[str, Any]]:
    """Trains every seed, one after the other in one program, which tells what it found of each.

    Accuracies are shares of one.
    """
    model = recipe.build(nodes.n_features, nodes.n_classes, **recipe.settings)
    weighed = recipe.weigh(nodes.senders, nodes.receivers, nodes.n_nodes)
    graph = Featured(sparse(row_normalized(nodes.feature)), recipe.form(weighed))
    ends = nodes.senders, nodes.receivers, nodes.n_nodes
    around, known = prepare(homogeneous(*ends), "bcsr"), jnp.asarray(nodes.train)
    terms = {"rank": (1.0, rank(model, softmax)), "l2": (recipe.l2, l2_params(*recipe.decayed))}
    pieces = step(objective(model, **terms), optax.adam(recipe.learning_rate))

    def judge(params: Params, graph: Featured, batch: Batch):
        score = model.score(model.encode(params, graph), batch.query, batch.item)
        hit = jnp.argmax(score, axis=1) == jnp.argmax(batch.label, axis=1)
        return jnp.mean(hit), softmax(score, batch.label, batch.mask)

    def smoothed(params: Params, graph: Featured, around, batches: dict[str, Batch]):
        share = jax.nn.softmax(model.encode(params, graph), axis=1)
        label = jnp.argmax(batches["train"].label, axis=1)
        answer = jnp.argmax(correct_and_smooth(share, around, known, label), axis=1)
        hit = lambda batch: answer[batch.query] == jnp.argmax(batch.label, axis=1)
        return {part: jnp.mean(hit(batches[part])) for part in ("valid", "test")}

    def validate(params: Params, graph: Featured, batch: Batch) -> Float[Array, "M"]:
        accuracy, loss = judge(params, graph, batch)
        return jnp.stack(recipe.values(accuracy, loss))

    train = until_stalled(pieces, validate, n_epochs=recipe.n_epochs, patience=recipe.patience)

    @jax.jit
    def program(seeds, graph, around, batches):
        def one(seed):
            key_params, key_train = jax.random.split(jax.random.key(seed))
            state = pieces.init(model.init(key_params), key_train)
            stopped = train(state, graph, batches["train"], batches["valid"])
            spread = smoothed(stopped.best_params, graph, around, batches)
            ask = lambda part: {
                "accuracy": judge(stopped.best_params, graph, batches[part])[0],
                "smoothed": spread[part],
            }
            epochs = {"best_epoch": stopped.best_epoch, "epochs": stopped.epoch}
            found = {"seed": seed} | {part: ask(part) for part in ("valid", "test")} | epochs
            jax.debug.callback(tell, found)
            return found

        return jax.lax.map(one, seeds)

    batches = {part: asked(nodes, part) for part in ("train", "valid", "test")}
    found = jax.device_get(program(jnp.array(seeds), graph, around, batches))
    of = lambda n: jax.tree.map(lambda value: value[n].item(), found)
    return [of(n) for n in range(len(seeds))]


def asked(nodes: LabeledNodes, part: str) -> Batch:
    """The nodes of a part, whose candidates are the classes."""
    chosen = getattr(nodes, part)
    label = jax.nn.one_hot(nodes.label[chosen], nodes.n_classes)
    return Batch(jnp.asarray(chosen), jnp.arange(nodes.n_classes), label, label >= 0)


def _tell(began: float, what: str, found: dict[str, Any]) -> None:
    line = f"{time.perf_counter() - began:6.0f} s  {what} seed {found['seed']}: "
    line += f"valid {found['valid']['accuracy']:.3f}, epoch {found['best_epoch']}"
    Console(stderr=True).print(f"{line} of {found['epochs']}")


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
    Console(width=120).print(table)
