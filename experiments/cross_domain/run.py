"""LightGCN on two domains of Amazon, each begun at random and from what was learned on the other.

Beginnings: at random; from PCRec's encoder, pretrained on the other domain; from the same encoder
without training; and from the other domain's LightGCN where a user is in both, which PCRec does
without. All have the same budget, and are measured after a few epochs and at the end, at the epoch
that the validation slice chose. Split and validation slice are the same for all seeds, so that
users can be paired; items are ranked in full, without those of train and validation.
"""

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float
from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.cross_domain.compare import Asked, compared
from experiments.recipe import check_names, told, write
from jaxrec.base import InputError

METRICS = ("recall@20", "ndcg@20")
METHODS = ("random", "pretrained", "untrained", "shared_users")
"""``shared_users`` begins from the other domain's ``random``, at its end."""
PAIRS = [(method, "random") for method in METHODS[1:]] + [("pretrained", "untrained")]
"""What is compared, each with the second."""
FOLDER = "amazon-cross-domain"


@dataclasses.dataclass(frozen=True)
class Config:
    """The run of record; README.md says what was chosen and how."""

    data: tuple[str, str] = ("phone_electronic", "electronic_phone")
    """Folders with train.txt and test.txt of the first domain of their names."""
    data_dir: str | None = None
    """Folder with amazon-cross-domain; by default the variable JAXREC_DATA."""
    methods: tuple[str, ...] = METHODS
    dim: int = 32
    n_layers: int = 2
    batch_size: int = 4096
    learning_rate: float = 2e-3
    early: int = 5
    """Epochs of the first measurement."""
    epochs: int = 200
    """At most."""
    patience: int = 15
    """Epochs without a better validation."""
    steps: int = 200
    """Of pretraining; the encoder without training has a tenth, for its moments alone."""
    n_nodes: int = 32
    """Nodes of a subgraph, of walks four times as long."""
    views: int = 128
    """Nodes a step of pretraining contrasts."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Of encoder, walks, start and training; not of the split."""
    quick: bool = False
    """One seed, few steps and epochs, to see it run."""
    out: str = "experiments/cross_domain/results"
    """Folder for one JSON file a domain."""


class Measured(NamedTuple):
    """One run at one time.

    Attributes:
      per_user: by metric a value for each test user, users in ascending order of id.
    """

    row: dict[str, Any]
    per_user: dict[str, Float[np.ndarray, "U"]]


Runs = dict[str, dict[str, list[Measured]]]
"""By method and time, ``early`` or ``end``, a run a seed."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Trains LightGCN on either domain from every beginning, compares and prints.

    Raises:
      InputError: no such data, or a method of another name.
    """
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), steps=10, early=1, epochs=3, patience=2)
    check_names(config.methods, METHODS, "--methods")
    methods = [name for name in METHODS if name in {"random", *config.methods}]
    domains = {name: jaxrec.read(str(_root(config) / name), header=False) for name in config.data}
    runs: dict[str, Runs] = {
        name: {method: {"early": [], "end": []} for method in methods} for name in domains
    }
    found = {}
    for seed in config.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            for method in methods:
                for target in domains:
                    measured = run(config, domains, target, method, seed, Path(scratch))
                    for time, one in measured.items():
                        runs[target][method][time].append(one)
        for target in domains:  # After every seed: what is there may be read.
            rows = {
                method: {time: [one.row for one in each] for time, each in by_time.items()}
                for method, by_time in runs[target].items()
            }
            found[target] = {"rows": rows, "comparisons": _comparisons(runs[target])}
            done = [one["seed"] for one in rows["random"]["end"]]
            settings = dataclasses.asdict(config) | {"seeds": done, "target": target}
            more = {"comparisons": found[target]["comparisons"]}
            write(Path(config.out) / f"{target}.json", settings, rows, **more)
    for target in domains:
        _show(target, found[target])
    return found


def run(
    config: Config,
    domains: dict[str, jaxrec.Dataset],
    target: str,
    method: str,
    seed: int,
    scratch: Path,
) -> dict[str, Measured]:
    """One beginning on one domain: measured early, and at the end of the same run."""
    (source,) = set(domains) - {target}
    settings: dict[str, Any] = {
        "dim": config.dim,
        "n_layers": config.n_layers,
        "batch_size": config.batch_size,
    }
    settings |= {"learning_rate": config.learning_rate, "patience": config.patience}
    settings |= {"seed": seed, "k": (20,), "refit": False, "out": scratch / f"{method}-{target}"}
    settings |= {"validate_every": config.early, "split": "given", "split_seed": 0}
    about: dict[str, Any] = {"seed": seed}
    if method == "shared_users":
        settings |= {"start_from": scratch / f"random-{source}", "start_tables": ("user",)}
    elif method != "random":
        made = _encoder(config, domains[source], method, seed, scratch / f"{method}-of-{source}")
        settings |= {"start_from": made}
        about |= {"pretraining_loss": made.config["loss"]}
    data, measured = domains[target], {}
    for time, epochs in (("early", config.early), ("end", config.epochs)):
        settings |= {"resume": time == "end"}
        trained = jaxrec.fit(data, "lightgcn", epochs=epochs, **settings)
        measured[time] = _measured(trained, about)
    return measured


def _encoder(config: Config, source: jaxrec.Dataset, method: str, seed: int, out: Path) -> Any:
    how: dict[str, Any] = {"steps": config.steps}
    if method == "untrained":
        how = {"steps": max(config.steps // 10, 1), "learning_rate": 0.0}
    sizes = {"n_nodes": config.n_nodes, "walk_length": 4 * config.n_nodes}
    how |= sizes | {"dim": config.dim, "batch_size": config.views, "seed": seed}
    return jaxrec.pretrain(source, out=out, **how)


def _measured(trained: jaxrec.Run, about: dict[str, Any]) -> Measured:
    results = trained.results
    vectors = pl.read_parquet(trained.folder / "per_user.parquet").sort("user")
    row = about | {"epoch": results["model"]["epoch"], "valid": results["valid"]["recall@20"]}
    row |= {"test": {name: results["test"][name] for name in METRICS}}
    popularity = results["baselines"]["popularity"]
    row |= {"popularity": {name: popularity[name] for name in METRICS}}
    row |= {"seconds": results["seconds"]}
    return Measured(row, {name: vectors[name].to_numpy() for name in METRICS})


def _comparisons(runs: Runs) -> list[dict[str, Any]]:
    """Pairs of beginnings at both times, by the users' means over seeds."""
    asked: list[Asked] = []
    for method, against in PAIRS:
        if method in runs and against in runs:
            for time, metric in product(("early", "end"), METRICS):
                name = {"method": method, "against": against, "time": time, "metric": metric}
                first, second = (_over_seeds(runs[one][time], metric) for one in (against, method))
                asked.append((name, first, second))
    return compared(asked)


def _over_seeds(runs: Sequence[Measured], metric: str) -> Float[np.ndarray, "U"]:
    return np.mean([one.per_user[metric] for one in runs], axis=0)


def _root(config: Config) -> Path:
    root = config.data_dir or os.environ.get("JAXREC_DATA")
    if not root or not (Path(root) / FOLDER).is_dir():
        raise InputError(
            f"no folder {FOLDER} in {root}; get the data from DisenCDR's repository and name the "
            "place with --data-dir or JAXREC_DATA"
        )
    return Path(root) / FOLDER


def _show(target: str, found: dict[str, Any]) -> None:
    table = Table(title=f"{target}, test slice", title_justify="left")
    table.add_column("begun")
    columns = [(time, metric) for time in ("early", "end") for metric in METRICS]
    for time, metric in columns:
        table.add_column(f"{time} {metric}", justify="right")
    p_of = {
        (c["method"], c["time"], c["metric"]): c["p"]
        for c in found["comparisons"]
        if c["against"] == "random"
    }
    for method, by_time in found["rows"].items():
        cells = []
        for time, metric in columns:
            p = p_of.get((method, time, metric))
            cells.append(told(by_time[time], metric) + ("" if p is None else f" (p {p:.2g})"))
        table.add_row(method, *cells)
    first = found["rows"]["random"]["end"][0]["popularity"]
    table.add_row("popularity", *(f"{first[metric]:.4f}" for _, metric in columns))
    Console(width=150).print(table)
