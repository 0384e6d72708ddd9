"""MF, NGCF and LightGCN on Last.FM (HetRec 2011), interactions only, against RecBole-GNN's table.

The published setting: a random 8:1:1 split by user, no filtering, all items ranked, those of train
and validation left out, lists of 10. Which epoch is tested is chosen on the validation slice, here
as there; the split and everything else is drawn anew for every seed. The published models learn by
BPR; of ours MF does, the others by softmax over the batch.
"""

import dataclasses
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.recipe import check_names, measure, told, write

PUBLISHED = {"mf": (0.1761, 0.1674), "ngcf": (0.1960, 0.1898), "lightgcn": (0.2064, 0.1972)}
"""recall@10, ndcg@10 of RecBole-GNN's README, table of social models on LastFM."""

METRICS = ("recall@10", "ndcg@10")

SOFTMAX = {
    "loss": "softmax",
    "candidates": "in_batch",
    "sampler": "interaction",
    "temperature": 0.1,
}
RECIPES: dict[str, dict[str, Any]] = {
    "mf": {"l2": 1e-2, "patience": 50},
    "ngcf": SOFTMAX | {"n_layers": 1, "l2": 0.0, "learning_rate": 1e-2, "patience": 15},
    "lightgcn": SOFTMAX | {"n_layers": 3, "l2": 0.0, "learning_rate": 3e-3},
}
"""What differs from the defaults of ``jaxrec train``; README.md says how it was chosen."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The published setting."""

    data: str = "lastfm-social"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    models: tuple[str, ...] = tuple(RECIPES)
    dim: int = 64
    batch_size: int = 2048
    epochs: int = 1000
    """At most."""
    patience: int = 25
    """Epochs without a better validation."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    quick: bool = False
    """One seed, few epochs, to see it run."""
    out: str = "experiments/lastfm_social/results"
    """Folder for one JSON file a model."""


def main(config: Config) -> dict[str, list[dict[str, Any]]]:
    """Trains the models of RecBole-GNN's Last.FM table and prints them beside it."""
    check_names(config.models, tuple(RECIPES), "--models")
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), epochs=10)
    rows = {}
    for model in config.models:
        rows[model] = [run(config, model, seed) for seed in config.seeds]
        settings = dataclasses.asdict(config) | {"recipe": RECIPES[model]}
        write(Path(config.out) / f"{model}.json", settings, rows[model])
    _show(rows)
    return rows


def run(config: Config, model: str, seed: int) -> dict[str, Any]:
    """One model on one split."""
    settings = {name: getattr(config, name) for name in ("data", "data_dir", "dim", "batch_size")}
    settings |= {"epochs": config.epochs, "patience": config.patience}
    return measure(
        model,
        **settings | RECIPES[model],
        split="random",
        test_fraction=0.1,
        valid_fraction=1 / 9,  # Of the nine tenths that are left.
        split_seed=seed,
        seed=seed,
        k=(10,),
        select="recall@10",
    )


def _show(rows: dict[str, list[dict[str, Any]]]) -> None:
    seeds = len(next(iter(rows.values())))
    table = Table(title=f"Last.FM, test slice, seeds: {seeds}", title_justify="left")
    table.add_column("model")
    for name in (*METRICS, "published", "seconds"):
        table.add_column(name, justify="right")
    for model, runs in rows.items():
        cells = [told(runs, metric) for metric in METRICS]
        seconds = sum(sum(run["seconds"].values()) for run in runs) / len(runs)
        published = " / ".join(f"{value:.4f}" for value in PUBLISHED[model])
        table.add_row(model, *cells, published, f"{seconds:.0f}")
    Console().print(table)
