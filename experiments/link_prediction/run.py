"""FB15k-237 and WN18RR: filtered ranks of both ends of held-out facts, among all entities.

Parameters are those of the epoch with the best MRR on a part of the validation facts; the test
facts are ranked once.
"""

import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.link_prediction.recipes import RECIPES, Recipe
from experiments.recipe import write
from jaxrec.data import KnowledgeGraph, Triples, load_graph
from jaxrec.evaluate import filtered_ranks, measure_facts, questions_of, rank_metrics
from jaxrec.graph import answers
from jaxrec.models import norms
from jaxrec.models.complex_kge import complex_kge, squares
from jaxrec.sampling import all_answers, bucket, shared_entities, split_facts
from jaxrec.train import (
    begin,
    epoch,
    fit,
    objective,
    on_host,
    partitioned,
    rank,
    row_adagrad,
    step,
)

METRICS = ("mrr", "hits@1", "hits@3", "hits@10")


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained; how, is in ``recipes.RECIPES``."""

    data: tuple[str, ...] = tuple(RECIPES)
    models: tuple[str, ...] = tuple(RECIPES["fb15k-237"])
    """Those that have a recipe for the graph."""
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    seeds: tuple[int, ...] = (0, 1, 2)
    n_valid: int = 2000
    """Validation facts that the epoch is chosen by."""
    validate_every: int = 4
    """Epochs."""
    partitions: int = 1
    """Of the entities; more train bucket by bucket, where a recipe's candidates are drawn."""
    quick: bool = False
    """One seed of one epoch at a quarter of the width, to see it run."""
    out: str = "experiments/link_prediction/results"
    """Folder for one JSON file a graph."""


def main(config: Config) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Trains models of facts and ranks the held-out ones; prints and writes tables."""
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), n_valid=200)
    found = {}
    for data in config.data:
        graph = load_graph(data, data_dir=config.data_dir)
        rows: dict[str, list[dict[str, Any]]] = {"most frequent": [_baseline(graph)]}
        found[data] = rows
        recipes = {name: RECIPES[data][name] for name in config.models if name in RECIPES[data]}
        for name, recipe in recipes.items():
            if config.quick:
                recipe = dataclasses.replace(recipe, dim=recipe.dim // 4, n_epochs=1)
            rows[name] = [run(config, graph, recipe, seed) for seed in config.seeds]
            told = {name: recipe.told() for name, recipe in recipes.items()}
            settings = dataclasses.asdict(config) | {"recipes": told}
            write(Path(config.out) / f"{data}.json", settings, {"runs": rows})
        _show(data, rows)
    return found


def run(config: Config, graph: KnowledgeGraph, recipe: Recipe, seed: int) -> dict[str, Any]:
    """One seed: metrics of the test facts by end, and seconds."""
    began = time.perf_counter()
    train, valid, test = graph.parts()
    n_entities, n_relations = train.n_entities, train.n_relations
    own = {"init_scale": recipe.init_scale, "reciprocal": recipe.reciprocal}
    model = recipe.factory(n_entities, n_relations, recipe.dim, **own)
    size = squares if recipe.factory is complex_kge else jnp.square
    terms = {"rank": (1.0, rank(model, recipe.loss))}
    if recipe.n3:
        terms["n3"] = (recipe.n3, norms(3.0, size))
    pieces = step(objective(model, **terms), row_adagrad(recipe.learning_rate))
    drawn = {"n_relations": n_relations, "batch_size": recipe.batch_size}
    if recipe.uniform is None:
        sample, arrays = partial(all_answers, **drawn), (bucket(train), answers(train))
    else:
        sample, arrays = partial(shared_entities, **drawn, n=recipe.uniform), bucket(train)
    key_params, key_train = jax.random.split(jax.random.key(seed))
    state = pieces.init(model.init(key_params), key_train)
    if config.partitions > 1 and recipe.uniform is not None:
        state, parts = on_host(state), split_facts(train, config.partitions)
        run_epoch = partitioned(pieces, sample, parts, recipe.batch_size)
    else:
        arrays = jax.tree.map(jnp.asarray, arrays)
        whole = epoch(pieces, sample, -(-len(train) // recipe.batch_size))
        run_epoch = lambda state: whole(state, None, arrays)
    asked = questions_of(_some(valid, config.n_valid), train, valid, test)

    def validate(params) -> float:
        reps = model.encode(params, None)
        return rank_metrics(filtered_ranks(model.score, reps, asked, n_entities))["mrr"]

    progress = fit(
        run_epoch,
        begin(state),
        n_epochs=recipe.n_epochs,
        validate=validate,
        validate_every=config.validate_every,
        on_epoch=lambda _, row: _tell(began, row),
    )
    trained = time.perf_counter()
    reps = model.encode(progress.best_params, None)
    test_metrics = measure_facts(model, reps, test, train, valid)
    about = {"best_epoch": progress.best_epoch, "valid_mrr": progress.best_value}
    seconds = {"train_s": trained - began, "test_s": time.perf_counter() - trained}
    return {"test": test_metrics} | about | seconds


def _baseline(graph: KnowledgeGraph) -> dict[str, Any]:
    """The entities that the relation had most often at that end."""
    train, valid, test = graph.parts()
    asked = train.both_ways()
    counts = np.zeros((asked.n_relations, asked.n_entities), np.float32)
    np.add.at(counts, (asked.relation, asked.tail), 1)
    questions = questions_of(test, train, valid)
    ranks = filtered_ranks(_frequency, jnp.asarray(counts), questions, train.n_entities)
    return {"test": {"both": rank_metrics(ranks)}}


def _frequency(counts, queries, items):
    return counts[queries[1]][:, items]


def _some(facts: Triples, n: int) -> Triples:
    """``n`` facts, the same whatever the seed."""
    order = np.random.default_rng(0).permutation(len(facts))
    return facts.take(np.sort(order[:n]))


def _tell(began: float, row: dict[str, float]) -> None:
    told = " ".join(f"{name} {row[name]:.4f}" for name in ("loss", "valid") if name in row)
    Console(stderr=True).print(f"{time.perf_counter() - began:6.0f} s  {told}")


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
        seconds = [row.get("train_s", 0.0) + row.get("test_s", 0.0) for row in runs]
        table.add_row(name, *cells, f"{np.mean(seconds):.0f}")
    Console(width=140).print(table)
