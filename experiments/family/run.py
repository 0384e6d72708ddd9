"""Every model, and LightGCN with every loss, searched alike: the table of docs/choosing.md.

Each row has the same number of trials on the validation slice, over the same ranges of learning
rate and L2 (or over what a model without training has), then trains anew for every seed, or is
computed once, and is measured on the test slice. All learn from the training slice alone, though
a model without training could have the validation slice, too, as ``jaxrec train`` gives it by
default. Splits are the data sets' usual ones there.
"""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.recipe import check_names, folder, measure, summary, told, write
from jaxrec.registry import MODELS
from jaxrec.runs import RunOptions

METRICS = ("recall@20", "ndcg@20")
LEARNED = ("learning_rate=1e-3:3e-2:log", "l2=1e-5:1e-1:log")
SOFTMAX = {"loss": "softmax", "temperature": 0.1, "sampler": "interaction"}


class Row(NamedTuple):
    """A row of the table: a model, options that it is given, and what is searched."""

    model: str
    given: dict[str, Any]
    search: tuple[str, ...]


ROWS = {name: Row(name, {}, LEARNED if MODELS[name].trained else ()) for name in MODELS} | {
    "lightgcn, binary": Row("lightgcn", {"loss": "binary"}, LEARNED),
    "lightgcn, max_margin": Row("lightgcn", {"loss": "max_margin", "temperature": 1.0}, LEARNED),
    "lightgcn, softmax": Row("lightgcn", SOFTMAX | {"candidates": "in_batch"}, LEARNED),
    "lightgcn, softmax over all": Row("lightgcn", SOFTMAX | {"candidates": "all"}, LEARNED),
    "lightgcn, hardest of 16": Row("lightgcn", {"negatives": 16, "hardest": 1}, LEARNED),
    "lightgcn_item, softmax": Row("lightgcn_item", SOFTMAX | {"candidates": "in_batch"}, LEARNED),
}
"""By what the table calls it; without a loss it is BPR on one uniform negative."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is searched and trained; the defaults are the table of docs/choosing.md."""

    data: tuple[str, ...] = ("movielens-small", "lastfm-social")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rows: tuple[str, ...] = tuple(ROWS)
    trials: int = 8
    epochs: int = 200
    """At most, in a trial and after."""
    patience: int = 20
    """Epochs without a better validation."""
    batch_size: int = 2048
    seeds: tuple[int, ...] = (0, 1, 2)
    quick: bool = False
    """Two trials of ten epochs and one seed, to see it run."""
    out: str = "experiments/family/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Searches, trains and tests every row on every data set; prints and writes tables.

    Rows that the file has in the same setting stay, so the command goes on where it was stopped.
    """
    check_names(config.rows, tuple(ROWS), "--rows")
    if config.quick:
        config = dataclasses.replace(config, trials=2, epochs=10, seeds=(0,))
    found: dict[str, dict[str, Any]] = {}
    for data in config.data:
        path = folder(config.out, config.quick) / f"{data}.json"
        found[data] = _kept(path, config)
        for name in config.rows:
            if name not in found[data]:
                found[data][name] = run(config, data, ROWS[name])
                write(path, _settings(config), found[data])
        _show(data, found[data])
    return found


def run(config: Config, data: str, row: Row) -> dict[str, Any]:
    """What the search of one row chose, and the runs that repeat it, one a seed if it trains."""
    given: dict[str, Any] = row.given | {"data": data, "data_dir": config.data_dir, "k": (20,)}
    given |= {"split": "random"}
    given |= {"low_rated": "show"}  # Papers that cut ratings at a threshold mostly measure so.
    if MODELS[row.model].trained:
        fixed = ("epochs", "patience", "batch_size")
        given |= {name: getattr(config, name) for name in fixed}
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "search"
        searched = given | {"search": row.search, "trials": config.trials, "out": out}
        jaxrec.tune(model=row.model, **searched)
        best = json.loads((out / "best.json").read_text())
    given |= best["tried"] | {"valid_fraction": RunOptions.valid_fraction}
    seeds = config.seeds if MODELS[row.model].trained else config.seeds[:1]
    runs = [measure(row.model, **given, seed=seed) for seed in seeds]
    return {"chosen": best["tried"], "runs": runs}


def _settings(config: Config) -> dict[str, Any]:
    """What all rows of a file have in common."""
    settings = dataclasses.asdict(config) | {"data_dir": None, "out": None}
    settings["seeds"] = list(config.seeds)  # As JSON has them.
    return {name: value for name, value in settings.items() if name not in ("data", "rows")}


def _kept(path: Path, config: Config) -> dict[str, Any]:
    """Rows that an earlier command found in the same setting."""
    if not path.is_file():
        return {}
    written = json.loads(path.read_text())
    return written["rows"] if written["config"] == _settings(config) else {}


def _show(data: str, rows: dict[str, Any]) -> None:
    table = Table(title=f"{data}, test slice", title_justify="left")
    for name in ("", *METRICS, "seconds", "chosen on validation"):
        table.add_column(name, justify="right" if name in (*METRICS, "seconds") else "left")
    ranked = sorted(rows.items(), key=lambda row: -summary(row[1]["runs"], METRICS[0])[0])
    for name, row in ranked:
        runs = row["runs"]
        cells = [told(runs, metric) for metric in METRICS]
        seconds = sum(sum(run["seconds"].values()) for run in runs) / len(runs)
        chosen = " ".join(f"{key}={value:.3g}" for key, value in row["chosen"].items())
        table.add_row(name, *cells, f"{seconds:.0f}", chosen)
    Console(width=140).print(table)
