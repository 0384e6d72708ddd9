"""Every model that people try first, as it comes and as a search on the validation slice leaves it.

Both are trained and measured once as ``jaxrec train`` does it, on a random test slice, with
everything else at its default: so the difference is what searching would have brought.
"""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.recipe import check_names, folder, measure, write
from jaxrec.registry import MODELS

METRIC = "recall@20"
WITHIN = 0.005
"""By how much a default may stay behind what was found."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is searched and measured; the defaults are the table of docs/choosing.md."""

    data: tuple[str, ...] = (
        "movielens-small",
        "lastfm-social",
        "amazon-hin",
        "yelp-hin",
        "book-crossing-kg",
        "filmtrust",
    )
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    models: tuple[str, ...] = ("filter_r", "gf_cf", "ease", "item_knn", "lightgcn", "lightgcn_item")
    trials: int = 20
    seed: int = 0
    quick: bool = False
    """Two trials on the first data set and models without training, to see it run."""
    out: str = "experiments/defaults/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Measures defaults and the best of a search on every data set; prints and writes tables.

    Models that the file has in the same setting stay, so the command goes on where it was stopped.
    """
    check_names(config.models, tuple(MODELS), "--models")
    if config.quick:
        free = tuple(name for name in config.models if not MODELS[name].trained)
        config = dataclasses.replace(config, trials=2, data=config.data[:1], models=free)
    found: dict[str, dict[str, Any]] = {}
    for data in config.data:
        path = folder(config.out, config.quick) / f"{data}.json"
        found[data] = _kept(path, config)
        for model in config.models:
            if model not in found[data]:
                found[data][model] = compare(config, data, model)
                write(path, _settings(config), found[data])
        _show(data, found[data])
    return found


def compare(config: Config, data: str, model: str) -> dict[str, Any]:
    """One model on one data set: test means by default and of what the search chose."""
    given = {"data": data, "data_dir": config.data_dir, "k": (20,), "seed": config.seed}
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "search"
        jaxrec.tune(model=model, **given, trials=config.trials, out=out)
        chosen = json.loads((out / "best.json").read_text())["tried"]
    given |= {"refit": True} if MODELS[model].trained else {}
    default, searched = measure(model, **given), measure(model, **given, **chosen)
    return {
        "chosen": chosen,
        "default": default["test"],
        "searched": searched["test"],
        "popularity": default["baselines"]["popularity"],
        "seconds": sum(default["seconds"].values()),
    }


def _settings(config: Config) -> dict[str, Any]:
    """What all rows of a file have in common."""
    kept = ("trials", "seed", "quick")
    return {name: getattr(config, name) for name in kept}


def _kept(path: Path, config: Config) -> dict[str, Any]:
    """Rows that an earlier command found in the same setting."""
    if not path.is_file():
        return {}
    written = json.loads(path.read_text())
    same = all(written["config"][name] == value for name, value in _settings(config).items())
    return written["rows"] if same else {}


def _show(data: str, rows: dict[str, Any]) -> None:
    table = Table(title=f"{data}, {METRIC} of the test slice", title_justify="left")
    for name in ("", "default", "searched", "default behind by", "seconds", "chosen on validation"):
        table.add_column(name, justify="left" if name in ("", "chosen on validation") else "right")
    for model, row in rows.items():
        default, searched = row["default"][METRIC], row["searched"][METRIC]
        behind = f"{searched - default:+.4f}" + (" *" if searched - default > WITHIN else "")
        chosen = " ".join(f"{key}={value:.3g}" for key, value in row["chosen"].items())
        cells = f"{default:.4f}", f"{searched:.4f}", behind, f"{row['seconds']:.0f}", chosen
        table.add_row(model, *cells)
    table.add_row("popularity", f"{next(iter(rows.values()))['popularity'][METRIC]:.4f}")
    table.caption = f"* behind by more than {WITHIN}"
    Console(width=120).print(table)
