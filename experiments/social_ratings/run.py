"""GraphRec, HeteroGraphRec and SR-HGNN, biased MF and biases on Ciao, Epinions, Yelp and FilmTrust.

Every model is searched on the validation slice of the first split, then trained and measured on
random splits of all rows (``ciao``: on its own split, with several seeds). Published numbers stand
beside in their own protocols, which differ; the table says how.
"""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.recipe import check_names, folder, measure, told, write

METRICS = ("rmse", "mae")
BASELINES = ("constant", "biases")
SEARCHED = {
    "biased_mf": ("l2=1:50:log", "learning_rate=1e-3:1e-2:log"),
    "graphrec": ("l2=1:50:log", "learning_rate=3e-4:3e-3:log", "dropout=0,0.3,0.5"),
    "heterographrec": ("l2=1:50:log", "learning_rate=3e-4:3e-3:log", "dropout=0,0.3,0.5"),
    "sr_hgnn": ("l2=1:50:log", "learning_rate=3e-4:3e-3:log", "cross_weight=0,0.1"),
}
"""What a search of each model chooses."""

FRACTIONS = {
    "ciao": {},
    "ciao-categories": {"test_fraction": 0.2, "valid_fraction": 0.25},
    "epinions": {"test_fraction": 0.1, "valid_fraction": 0.1 / 0.9},
    "yelp-hin": {"test_fraction": 0.2, "valid_fraction": 0.1},
    "filmtrust": {"test_fraction": 0.2, "valid_fraction": 0.25},
}
"""60/20/20 but for ``epinions`` (80/10/10) and ``yelp-hin`` (80 % for training and validation)."""

PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "ciao-categories": {
        "GraphRec, in ConsisRec's table (users with links)": (1.0040, 0.7591),
        "ConsisRec (users with links)": (0.9722, 0.7394),
    },
    "epinions": {
        "SR-HGNN, in a survey's table": (1.0326, 0.7983),
        "HeteroGraphRec, in a survey's table": (1.0483, 0.8104),
        "GraphRec, in a survey's table": (1.0631, 0.8168),
    },
    "yelp-hin": {"HERec, ten splits": (1.1117, 0.8475)},
}
"""RMSE and MAE as read in ConsisRec's slides, in Sharma et al., arXiv 2212.04481, table 12, and in
HERec's paper; nothing is published on ``ciao``'s split or on FilmTrust."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is searched and measured."""

    data: tuple[str, ...] = ("filmtrust", "ciao", "yelp-hin", "ciao-categories", "epinions")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    models: tuple[str, ...] = tuple(SEARCHED)
    trials: int = 12
    """Of a search; 0 trains with the defaults."""
    epochs: int = 60
    """At most."""
    patience: int = 6
    """Epochs without a better validation."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of the split and of training."""
    quick: bool = False
    """Two trials of two epochs on one split of the first data set, to see it run."""
    out: str = "experiments/social_ratings/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Measures models of friends beside biases on random splits; prints and writes tables.

    Rows that a file has in the same setting stay, so the command goes on where it was stopped.
    """
    check_names(config.models, tuple(SEARCHED), "--models")
    check_names(config.data, tuple(FRACTIONS), "--data")
    if config.quick:
        small = {"data": config.data[:1], "trials": 2, "epochs": 2, "seeds": (0,)}
        config = dataclasses.replace(config, **small)
    found: dict[str, dict[str, Any]] = {}
    for data in config.data:
        path = folder(config.out, config.quick) / f"{data}.json"
        found[data] = _kept(path, config)
        for model in config.models:
            if model not in found[data]:
                found[data][model] = row(config, data, model)
                write(path, _settings(config), found[data])
        _show(data, found[data])
    return found


def row(config: Config, data: str, model: str) -> dict[str, Any]:
    """What a search chose, and what every split measured."""
    given = {"data_dir": config.data_dir, "epochs": config.epochs, "patience": config.patience}
    given |= {"validate_every": 1} | FRACTIONS[data]
    chosen: dict[str, Any] = {}
    if config.trials:
        with tempfile.TemporaryDirectory() as scratch:
            how = {"trials": config.trials, "search": SEARCHED[model]}
            out = Path(scratch) / "search"
            jaxrec.tune(data, model, out=out, **given, **how)
            chosen = json.loads((out / "best.json").read_text())["tried"]
    runs = [
        measure(model, data=data, split_seed=seed, seed=seed, **given | chosen)
        for seed in config.seeds
    ]
    return {"chosen": chosen, "runs": [_kept_of(run) for run in runs]}


def _kept_of(run: dict[str, Any]) -> dict[str, Any]:
    baselines = {name: run["baselines"][name] for name in BASELINES}
    return {"test": run["test"], "valid": run["valid"], "baselines": baselines} | {
        "epoch": run["model"]["epoch"],
        "seconds": run["seconds"],
    }


def _settings(config: Config) -> dict[str, Any]:
    """What all rows of a file have in common."""
    kept = ("trials", "epochs", "patience", "seeds", "quick")
    return {name: getattr(config, name) for name in kept}


def _kept(path: Path, config: Config) -> dict[str, Any]:
    """Rows that an earlier command found in the same setting."""
    if not path.is_file():
        return {}
    written = json.loads(path.read_text())
    settings = json.loads(json.dumps(_settings(config)))
    same = all(written["config"][name] == value for name, value in settings.items())
    return written["rows"] if same else {}


def _show(data: str, rows: dict[str, Any]) -> None:
    table = Table(title=f"{data}, test slice", title_justify="left")
    table.add_column("")
    for name in (*METRICS, "better than biases by"):
        table.add_column(name, justify="right")
    table.add_column("chosen on validation")
    runs = next(iter(rows.values()))["runs"]
    for name in BASELINES:
        of_baseline = [{"test": run["baselines"][name]} for run in runs]
        table.add_row(name, *(told(of_baseline, metric) for metric in METRICS), "", "")
    for model, one in rows.items():
        gains = [run["baselines"]["biases"]["rmse"] - run["test"]["rmse"] for run in one["runs"]]
        chosen = " ".join(f"{key}={value:.3g}" for key, value in one["chosen"].items())
        cells = (told(one["runs"], metric) for metric in METRICS)
        table.add_row(model, *cells, f"{sum(gains) / len(gains):+.4f}", chosen)
    for name, numbers in PUBLISHED.get(data, {}).items():
        table.add_row(f"published: {name}", *(f"{number:.4f}" for number in numbers), "", "")
    table.caption = "Published rows are of other splits and, where named, of fewer users."
    Console(width=140).print(table)
