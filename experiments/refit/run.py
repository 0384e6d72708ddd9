"""Runs with and without a refit: what learning from the validation slice, too, costs and brings.

Every model is trained as ``jaxrec train --no-refit`` does it and measured on the test slice; then
the same run goes on with its refit, for the epochs that its validation slice chose.
"""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.recipe import check_names, told, write
from jaxrec.registry import MODELS
from jaxrec.runs import options_of, train

METRIC = "recall@20"
TRAINED = tuple(name for name, entry in MODELS.items() if entry.trained)


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained; all that is not named is as by default."""

    data: tuple[str, ...] = (
        "filmtrust",
        "ciao",
        "lastfm-social",
        "book-crossing-kg",
        "amazon-hin",
    )
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    models: tuple[str, ...] = ("lightgcn", "mf")
    epochs: int = 300
    """At most."""
    learning_rate: float = 5e-3
    patience: int = 30
    """Epochs without a better validation."""
    seeds: tuple[int, ...] = (0,)
    quick: bool = False
    """Two epochs of the first model on the first data set, to see it run."""
    out: str = "experiments/refit/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Trains every model on every data set; prints and writes tables."""
    check_names(config.models, TRAINED, "--models")
    if config.quick:
        config = dataclasses.replace(
            config, data=config.data[:1], models=config.models[:1], seeds=(0,), epochs=2
        )
    found: dict[str, dict[str, Any]] = {}
    for data in config.data:
        found[data] = {
            model: [both(config, data, model, seed) for seed in config.seeds]
            for model in config.models
        }
        write(Path(config.out) / f"{data}.json", dataclasses.asdict(config), found[data])
        _show(data, found[data])
    return found


def both(config: Config, data: str, model: str, seed: int) -> dict[str, Any]:
    """Test means and seconds of training, without a refit and with it."""
    given = {name: getattr(config, name) for name in ("epochs", "learning_rate", "patience")}
    given |= {"data": data, "data_dir": config.data_dir, "seed": seed, "split": "random"}
    with tempfile.TemporaryDirectory() as folder:
        run = options_of(model, **given, out=str(Path(folder) / "run"), refit=False)
        without = _measured(run)
        with_refit = _measured(dataclasses.replace(run, refit=True, resume=True))
    seconds = without["seconds"]["compile"] + without["seconds"]["train"]
    return {
        "without": without["test"],
        "with": with_refit["test"],
        "popularity": with_refit["baselines"]["popularity"],
        **with_refit["refit"],
        "seconds": {"without": seconds, "with": seconds + with_refit["seconds"]["refit"]},
    }


def _measured(run: Any) -> dict[str, Any]:
    return json.loads((train(run).folder / "metrics.json").read_text())


def _show(data: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    table = Table(title=f"{data}, {METRIC} of the test slice", title_justify="left")
    for name in ("", "without refit", "with refit", "popularity", "epochs", "seconds", "with"):
        table.add_column(name, justify="right" if name else "left")
    for model, runs in rows.items():
        measured = (
            told([{"test": run[how]} for run in runs], METRIC)
            for how in ("without", "with", "popularity")
        )
        epochs = ", ".join(str(run["epochs"]) for run in runs)
        means = (
            f"{sum(run['seconds'][how] for run in runs) / len(runs):.1f}"
            for how in ("without", "with")
        )
        table.add_row(model, *measured, epochs, *means)
    Console(width=120).print(table)
