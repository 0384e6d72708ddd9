"""FB15k-237 and WN18RR: filtered ranks of both ends of held-out facts, among all entities.

Parameters are those of the epoch with the best MRR on a part of the validation facts; the test
facts are ranked once.
"""

import dataclasses
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.link_prediction.buckets import learn
from experiments.link_prediction.recipes import RECIPES, Recipe
from experiments.recipe import check_names, measure, write
from jaxrec.data import KnowledgeGraph, Triples, load_graph
from jaxrec.evaluate import degree, host_ranks, measure_facts, questions_of, rank_metrics

METRICS = ("mrr", "hits@1", "hits@3", "hits@10")
FLOOR = "most frequent"
MODELS = list(dict.fromkeys(name for recipes in RECIPES.values() for name in recipes))


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained; how, is in ``recipes.RECIPES``."""

    data: tuple[str, ...] = tuple(RECIPES)
    """Graphs to train on."""
    models: tuple[str, ...] = tuple(MODELS)
    """Those that have a recipe for the graph."""
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of first vectors and batches; a row is their mean."""
    n_valid: int = 2000
    """Validation facts that the epoch is chosen by."""
    validate_every: int = 4
    """Epochs between two validations."""
    partitions: tuple[int, ...] = (1,)
    """Of the entities, each in turn; more than one train bucket by bucket, where candidates are
    drawn."""
    quick: bool = False
    """One seed of one epoch at a quarter of the width, to see it run."""
    out: str = "experiments/link_prediction/results"
    """Folder for one JSON file a row."""


def main(config: Config) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Trains models of facts and ranks the held-out ones; prints and writes tables."""
    check_names(config.data, tuple(RECIPES), "--data")
    check_names(config.models, tuple(MODELS), "--models")
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), n_valid=200)
    found = {}
    for data in config.data:
        graph = load_graph(data, data_dir=config.data_dir)
        floor = [_baseline(graph)]
        rows = found[data] = {FLOOR: floor}
        for model, n in itertools.product(config.models, config.partitions):
            recipe = RECIPES[data].get(model)
            if recipe is None or n > 1 and not recipe.by_buckets:
                continue
            if config.quick:
                recipe = dataclasses.replace(recipe, dim=recipe.dim // 4, n_epochs=1)
            name = model if n == 1 else f"{model}, {n} partitions"
            rows[name] = [run(config, graph, recipe, seed, n) for seed in config.seeds]
            path = Path(config.out) / f"{data}-{name.replace(', ', '-').replace(' ', '-')}.json"
            how = {"recipe": dataclasses.asdict(recipe), "partitions": n}
            write(path, dataclasses.asdict(config) | how, {FLOOR: floor, "runs": rows[name]})
        _show(data, rows)
    return found


def run(
    config: Config, graph: KnowledgeGraph, recipe: Recipe, seed: int, partitions: int
) -> dict[str, Any]:
    """One seed: metrics of the test facts by end, and seconds."""
    if partitions > 1:
        return _by_buckets(config, graph, recipe, seed, partitions)
    how = {"valid_facts": config.n_valid, "validate_every": config.validate_every}
    found = measure(recipe.model, data=graph, seed=seed, **how, **recipe.settings())
    test = found["test"]
    ends = {"both": test, "tail": {"mrr": test["mrr_tail"]}, "head": {"mrr": test["mrr_head"]}}
    about = {"best_epoch": found["model"]["epoch"], "valid_mrr": found["valid"]["mrr"]}
    return {"test": ends} | about | {"seconds": found["seconds"]}


def _by_buckets(
    config: Config, graph: KnowledgeGraph, recipe: Recipe, seed: int, partitions: int
) -> dict[str, Any]:
    """As ``run``, and MiB of what trains."""
    began = time.perf_counter()
    train, valid, test = graph.parts()
    asked = questions_of(_some(valid, config.n_valid), train, valid, test)
    model, progress, mib = learn(recipe, train, asked, seed, config.validate_every, partitions)
    trained = time.perf_counter()
    reps = model.encode(progress.best_params, None)
    metrics = measure_facts(model, reps, test, train, valid)
    about = {"best_epoch": progress.best_epoch, "valid_mrr": progress.best_value, "state_mib": mib}
    seconds = {"train": trained - began, "evaluate": time.perf_counter() - trained}
    return {"test": metrics} | about | {"seconds": seconds}


def _baseline(graph: KnowledgeGraph) -> dict[str, Any]:
    """The entities that the relation had most often at that end."""
    train, valid, test = graph.parts()
    questions = questions_of(test, train, valid)
    ranks = host_ranks(degree(train), questions, n_entities=train.n_entities)
    return {"test": {"both": rank_metrics(ranks)}}


def _some(facts: Triples, n: int) -> Triples:
    """``n`` facts, the same whatever the seed."""
    order = np.random.default_rng(0).permutation(len(facts))
    return facts.take(np.sort(order[:n]))


def _show(data: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    table = Table(title=f"{data}, filtered, both ends", title_justify="left")
    table.add_column("")
    for name in (*METRICS, "seconds"):
        table.add_column(name, justify="right")
    for name, runs in rows.items():
        cells = []
        for metric in METRICS:
            value = [row["test"]["both"][metric] for row in runs]
            spread = f" ± {np.std(value, ddof=1):.4f}" if len(value) > 1 else ""
            cells.append(f"{np.mean(value):.4f}{spread}")
        seconds = [sum(row.get("seconds", {}).values()) for row in runs]
        table.add_row(name, *cells, f"{np.mean(seconds):.0f}")
    Console(width=140).print(table)
