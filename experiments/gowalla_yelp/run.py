"""Gowalla and Yelp2018: training-free filters, a trained model, and their blend, against the best.

Everything is chosen on a validation slice, a random tenth of every user's training items: the
filter's exponent r, and the weight of the trained model in the blend. Then all is computed anew on
all training interactions and measured on the published test slice, once. What was chosen on
validation before, by hand, stands in ``TRAINED`` and the README says how.
"""

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.table import Table

from experiments.gowalla_yelp.picture import draw
from experiments.recipe import write
from jaxrec.commands.assemble import build_training
from jaxrec.commands.load import load_run
from jaxrec.commands.options import options
from jaxrec.commands.serving import Served, open_run
from jaxrec.commands.train import train
from jaxrec.evaluate import measure_baselines, measure_model, questions
from jaxrec.models import blend

PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "gowalla": {
        "LightGCN, paper's best": (0.1830, 0.1554),
        "GF-CF": (0.1849, 0.1518),
        "UltraGCN": (0.1862, 0.1580),
        "BSPM": (0.1920, 0.1597),
        "NESCL": (0.1917, 0.1617),
    },
    "yelp2018": {
        "LightGCN, paper's best": (0.0649, 0.0530),
        "GF-CF": (0.0697, 0.0571),
        "UltraGCN": (0.0683, 0.0561),
        "BSPM": (0.0720, 0.0593),
        "XSimGCL": (0.0723, 0.0604),
    },
}
"""recall@20, ndcg@20 as published, most of them chosen on the test slice."""

TRAINED: dict[str, Any] = {
    "model": "lightgcn_item",
    "n_layers": 1,
    "loss": "softmax",
    "temperature": 0.1,
    "candidates": "shared",
    "sampler": "interaction",
    "learning_rate": 1e-2,
}
R = (0.5, 0.6, 0.7, 0.8, 0.9)
WEIGHTS = (0.5, 1.0, 2.0, 3.0, 4.0)
METRICS = ("recall@20", "ndcg@20")
SELECT = METRICS[0]


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data: tuple[str, ...] = ("gowalla", "yelp2018")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    dim: int = 128
    batch_size: int = 2048
    negatives: int = 1024
    """Uniform items that a batch shares, beside its positives."""
    epochs: int = 12
    training_free: bool = False
    """Only what needs no training."""
    seed: int = 0
    quick: bool = False
    """One epoch, to see it run."""
    out: str = "experiments/gowalla_yelp/results"
    """Folder for one JSON file a data set, and the picture."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Filters, a trained model and their blend on Gowalla and Yelp2018, and what is published."""
    if config.quick:
        config = dataclasses.replace(config, epochs=1)
    found = {}
    for data in config.data:
        found[data] = run(config, data)
        write(Path(config.out) / f"{data}.json", dataclasses.asdict(config), found[data])
        _show(data, found[data])
    draw(found, PUBLISHED, Path(config.out) / "recall_by_seconds.png")
    return found


def run(config: Config, data: str) -> dict[str, Any]:
    """All systems on one data set: what was chosen, what the test then says, and the seconds."""
    settings: dict[str, Any] = {
        "data": data,
        "data_dir": config.data_dir,
        "seed": config.seed,
        "k": (20,),
    }
    fit: dict[str, Any] = TRAINED | {
        "dim": config.dim,
        "batch_size": config.batch_size,
        "negatives": config.negatives,
        "epochs": config.epochs,
        "patience": config.epochs,
        "validate_every": config.epochs,  # Once, at the end.
    }
    held_out: dict[str, Any] = settings | {"valid_fraction": 0.1}
    everything: dict[str, Any] = settings | {"valid_fraction": 0.0}
    filters = {r: _computed(model="filter_r", r=r, **held_out) for r in R}
    by_r = {r: _measure(each, "valid")[SELECT] for r, each in filters.items()}
    r = max(by_r, key=by_r.__getitem__)
    chosen: dict[str, Any] = {"r": {str(r): value for r, value in by_r.items()}}
    walk = _run(model="filter_r", r=r, **everything)
    rows = {f"filter_r, r {r}": walk, "gf_cf": _run(model="gf_cf", **everything)}
    tested = {name: _tested(each) for name, each in rows.items()}
    if not config.training_free:
        trained = _run(**fit, **held_out).served
        blends = {w: _measure_blend(filters[r], trained, w, "valid")[SELECT] for w in WEIGHTS}
        weight = max(blends, key=blends.__getitem__)
        chosen |= {"trained": _measure(trained, "valid")[SELECT]}
        chosen |= {"weight": {str(w): value for w, value in blends.items()}}
        learned = _run(**fit, **everything)
        tested["lightgcn_item, softmax"] = _tested(learned)
        start = time.perf_counter()
        both = _measure_blend(walk.served, learned.served, weight, "test")
        seconds = walk.seconds + learned.seconds + time.perf_counter() - start
        tested[f"both, weight {weight:g}"] = both | {"seconds": seconds}
    question = questions(walk.served.data.split, repeats=False)["test"]
    popularity = measure_baselines(question, (20,))["popularity"].mean
    tested["popularity"] = {name: popularity[name] for name in METRICS}
    return {"chosen on validation": chosen, "test": tested}


@dataclasses.dataclass(frozen=True)
class _Run:
    served: Served
    seconds: float


def _run(model: str, **given: Any) -> _Run:
    """Trains as ``jaxrec train`` does, its own measuring included in the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = train(options(model, out=str(Path(folder) / "run"), **given))
        return _Run(open_run(path), time.perf_counter() - start)


def _computed(**given: Any) -> Served:
    """A model that needs no training, without a folder and without a look at the test."""
    settings = options(**given)
    data, _ = load_run(settings)
    training = build_training(settings, data.split.train)
    params = training.model.init(jax.random.key(settings.seed))
    return Served(data, training.model, jax.jit(training.model.encode)(params, training.graph))


def _measure(served: Served, part: str) -> dict[str, float]:
    question = questions(served.data.split, repeats=False)[part]
    mean = measure_model(served.model, served.reps, question, (20,)).mean
    return {name: mean[name] for name in METRICS}


def _tested(run: _Run) -> dict[str, float]:
    return _measure(run.served, "test") | {"seconds": run.seconds}


def _measure_blend(walk: Served, learned: Served, weight: float, part: str) -> dict[str, float]:
    """Both runs number their rows by place in the same training slice, so rows are the same."""
    both = blend([walk.model, learned.model], [1.0, weight], walk.data.split.train.n_items)
    question = questions(walk.data.split, repeats=False)[part]
    mean = measure_model(both, (walk.reps, learned.reps), question, (20,)).mean
    return {name: mean[name] for name in METRICS}


def _show(data: str, found: dict[str, Any]) -> None:
    table = Table(title=f"{data}, test slice", title_justify="left")
    for name in ("", *METRICS, "seconds"):
        table.add_column(name, justify="right" if name else "left")
    for name, (recall, ndcg) in PUBLISHED.get(data, {}).items():
        table.add_row(f"{name} (published)", f"{recall:.4f}", f"{ndcg:.4f}", "")
    for name, row in found["test"].items():
        seconds = f"{row['seconds']:.0f}" if "seconds" in row else ""
        table.add_row(name, *(f"{row[metric]:.4f}" for metric in METRICS), seconds)
    Console().print(table)
