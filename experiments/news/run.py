"""GNewsRec on German news that were shown, whole and without each of its parts.

Every row is trained with the same budget; the epoch is chosen by the AUC of the validation slice,
a part of the training rows. Split and validation slice are the same for all seeds, so that users
can be paired. Beside them stand the logistic regression of the wide part alone, TF-IDF and clicks.
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.cross_domain.compare import compared
from experiments.news.measure import BASELINES, METRICS, Vectors, ask
from experiments.recipe import check_names, told, write
from jaxrec.evaluate import bootstrap_interval

WHOLE = "gnewsrec"
ROWS: dict[str, dict[str, Any]] = {
    WHOLE: {},
    "no_graph": {"n_layers": 0},
    "no_short_term": {"short_term": False},
    "no_wide": {"wide": False},
}
"""What each trains with, beside the defaults of the model."""
OTHERS = ("wide_alone", *BASELINES)
"""Without a network: the logistic regression of the wide part, and baselines."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The run of record; README.md says what was chosen and how."""

    data: str = "geneg-news"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rows: tuple[str, ...] = tuple(ROWS)
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of neighbors, topics, start and training; not of the split."""
    epochs: int = 4
    """At most; the best of them on the validation slice is measured."""
    dim: int = 32
    word_dim: int = 50
    quick: bool = False
    """One seed and epoch, to see it run."""
    out: str = "experiments/news/results"
    """Folder for the JSON file."""


Runs = dict[str, list[dict[str, Any]]]
"""By row, what is written of a run, a run a seed."""


def main(config: Config) -> dict[str, Any]:
    """Trains every row, measures it beside what needs no network, compares and prints.

    Raises:
      InputError: no such data, or a row of another name.
    """
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,), epochs=1)
    check_names(config.rows, tuple(ROWS), "--rows")
    rows = [name for name in ROWS if name in {WHOLE, *config.rows}]
    runs: Runs = {name: [] for name in (*rows, *OTHERS)}
    vectors: dict[str, list[Vectors]] = {name: [] for name in runs}
    found: dict[str, Any] = {}
    for seed in config.seeds:
        for name in rows:
            with tempfile.TemporaryDirectory() as scratch:
                trained = train(config, name, seed, Path(scratch) / "run")
                asked, results = ask(trained), trained.results
            per_user = {name: asked.model} | (asked.others if name == WHOLE else {})
            for system, values in per_user.items():
                vectors[system].append(values)
                test = {metric: float(values[metric].mean()) for metric in METRICS}
                runs[system].append({"seed": seed, "test": test})
            runs[name][-1] |= {"epoch": results["model"]["epoch"], "valid": results["valid"]["auc"]}
            runs[name][-1] |= {"seconds": results["seconds"]}
        means = {name: _over_seeds(of_row) for name, of_row in vectors.items()}
        found = {
            "rows": {
                name: {"runs": runs[name], "interval": _intervals(means[name])} for name in runs
            },
            "comparisons": _comparisons(means),
            "users": {metric: len(values) for metric, values in means[WHOLE].items()},
        }
        more = {name: found[name] for name in ("users", "comparisons")}
        path = Path(config.out) / f"{config.data}.json"
        write(path, dataclasses.asdict(config), found["rows"], **more)  # After every seed.
    _show(config.data, found)
    return found


def train(config: Config, row: str, seed: int, out: Path) -> jaxrec.Run:
    """One run of a row; the model that was validated is measured, without a refit."""
    given: dict[str, Any] = {"data_dir": config.data_dir, "dim": config.dim, "seed": seed}
    given |= {"word_dim": config.word_dim, "epochs": config.epochs, "validate_every": 1}
    given |= {"select": "auc", "split_seed": 0, "refit": False, "out": out}
    return jaxrec.fit(config.data, "gnewsrec", **given | ROWS[row])


def _over_seeds(runs: list[Vectors]) -> Vectors:
    return {metric: np.mean([one[metric] for one in runs], axis=0) for metric in METRICS}


def _intervals(mean: Vectors) -> dict[str, tuple[float, float]]:
    """95 % of bootstrap samples of users."""
    draw = lambda values: bootstrap_interval(values, np.random.default_rng(0))
    return {metric: draw(mean[metric]) for metric in METRICS}


def _comparisons(means: dict[str, Vectors]) -> list[dict[str, Any]]:
    """The whole model less every other row, user by user."""
    return compared(
        [
            ({"row": name, "metric": metric}, means[name][metric], means[WHOLE][metric])
            for name in means
            for metric in METRICS
            if name != WHOLE
        ]
    )


def _show(data: str, found: dict[str, Any]) -> None:
    title = ", ".join(f"{metric} of {n:,} users" for metric, n in found["users"].items())
    table = Table(title=f"{data}, test slice: {title}", title_justify="left")
    table.add_column("")
    for metric in METRICS:
        for column in (metric, "95 %", "gnewsrec less it", "p"):
            table.add_column(column, justify="right")
    less = {(one["row"], one["metric"]): one for one in found["comparisons"]}
    for name, row in found["rows"].items():
        cells = []
        for metric in METRICS:
            low, high = row["interval"][metric]
            cells += [told(row["runs"], metric), f"{low:.4f} to {high:.4f}"]
            one = less.get((name, metric))
            differs = "{difference:+.4f} ({low:+.4f} to {high:+.4f})"
            cells += ["", ""] if one is None else [differs.format(**one), f"{one['p']:.2g}"]
        table.add_row(name, *cells)
    table.caption = "p: largest of three paired tests', Holm-corrected over all rows and metrics"
    Console(width=170).print(table)
