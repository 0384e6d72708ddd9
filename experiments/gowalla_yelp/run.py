"""Gowalla and Yelp2018: training-free filters, a trained model, and their blend, against the best.

Everything is chosen on a validation slice, a random fifth of every user's training items, as the
test slice is a fifth of all: the exponent r of the filter, and r and the weight of the trained
model in the blend. Then all is computed anew on all training interactions and measured on the
published test slice, once. What was chosen on validation before, by hand, stands in ``TRAINED`` and
the README says how.
"""

import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.gowalla_yelp.picture import draw
from experiments.recipe import write
from jaxrec.commands.assemble import build_training
from jaxrec.commands.load import load_run
from jaxrec.commands.options import options
from jaxrec.commands.serving import Served, open_run
from jaxrec.commands.train import train
from jaxrec.evaluate import Slice, measure_baselines, measure_model, questions
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
    "temperature": 0.08,
    "candidates": "in_batch",
    "sampler": "interaction",
    "learning_rate": 1e-2,
    "schedule": "cosine",
    "l2": 0.0,
}
R = (0.5, 0.6, 0.7, 0.8, 0.9)
WEIGHTS = (1.0, 2.0, 3.0, 4.0, 6.0)
N_USERS = 3000
"""Users of the validation slice, drawn, on whom the blend is chosen: the product of two grids."""
METRICS = ("recall@20", "ndcg@20")
SELECT = METRICS[0]


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data: tuple[str, ...] = ("gowalla", "yelp2018")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    dim: int = 256
    batch_size: int = 2048
    epochs: int = 6
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
    found, out = {}, Path(config.out)
    for data in config.data:
        found[data] = run(config, data)
        write(out / f"{data}.json", dataclasses.asdict(config), found[data])
        _show(data, found[data])
    kept = {path.stem: json.loads(path.read_text())["rows"] for path in sorted(out.glob("*.json"))}
    draw(kept, PUBLISHED, out / "recall_by_seconds.png")
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
        "epochs": config.epochs,
        "patience": config.epochs,
        "validate_every": config.epochs,  # Once, at the end.
    }
    held_out: dict[str, Any] = settings | {"valid_fraction": 0.2}
    everything: dict[str, Any] = settings | {"valid_fraction": 0.0}
    filters = {r: _computed(model="filter_r", r=r, **held_out) for r in R}
    by_r = {r: _measure(each, "valid")[SELECT] for r, each in filters.items()}
    r = max(by_r, key=by_r.__getitem__)
    chosen: dict[str, Any] = {"r": {str(r): value for r, value in by_r.items()}}
    walk = _run(model="filter_r", r=r, **everything)
    tested = {f"filter_r, r {r}": walk.test, "gf_cf": _run(model="gf_cf", **everything).test}
    if not config.training_free:
        learned = _run(**fit, **held_out).served
        blends = _choose_blend(filters, learned)
        chosen |= {"trained": _measure(learned, "valid")[SELECT]}
        chosen |= {"blend": {f"r {r}, weight {w:g}": value for (r, w), value in blends.items()}}
        r, weight = max(blends, key=blends.__getitem__)
        walk, trained = _run(model="filter_r", r=r, **everything), _run(**fit, **everything)
        tested["lightgcn_item, softmax"] = trained.test
        start = time.perf_counter()
        both = _measure_blend(walk.served, trained.served, weight, _question(walk.served, "test"))
        seconds = walk.test["seconds"] + trained.test["seconds"] + time.perf_counter() - start
        tested[f"both, r {r}, weight {weight:g}"] = both | {"seconds": seconds}
    popularity = measure_baselines(_question(walk.served, "test"), (20,))["popularity"].mean
    tested["popularity"] = {name: popularity[name] for name in METRICS}
    return {"chosen on validation": chosen, "test": tested}


@dataclasses.dataclass(frozen=True)
class _Run:
    served: Served
    test: dict[str, float]


def _run(model: str, **given: Any) -> _Run:
    """Trains and tests as ``jaxrec train`` does; the seconds are those of all that it does."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = train(options(model, out=str(Path(folder) / "run"), **given))
        seconds = time.perf_counter() - start
        found = json.loads((path / "metrics.json").read_text())["test"]
        return _Run(open_run(path), {name: found[name] for name in METRICS} | {"seconds": seconds})


def _computed(**given: Any) -> Served:
    """A model that needs no training, without a folder and without a look at the test."""
    settings = options(**given)
    data, _ = load_run(settings)
    training = build_training(settings, data.split.train)
    params = training.model.init(jax.random.key(settings.seed))
    return Served(data, training.model, jax.jit(training.model.encode)(params, training.graph))


def _question(served: Served, part: str) -> Slice:
    return questions(served.data.split, repeats=False)[part]


def _measure(served: Served, part: str) -> dict[str, float]:
    mean = measure_model(served.model, served.reps, _question(served, part), (20,)).mean
    return {name: mean[name] for name in METRICS}


def _choose_blend(
    filters: dict[float, Served], learned: Served
) -> dict[tuple[float, float], float]:
    asked = _question(learned, "valid")
    n_users = min(N_USERS, len(asked.users))
    drawn = np.sort(np.random.default_rng(0).choice(asked.users, n_users, replace=False))
    asked = asked._replace(users=drawn)
    return {
        (r, weight): _measure_blend(walk, learned, weight, asked)[SELECT]
        for r, walk in filters.items()
        for weight in WEIGHTS
    }


def _measure_blend(walk: Served, learned: Served, weight: float, asked: Slice) -> dict[str, float]:
    """Both runs number their rows by place in the same training slice, so rows are the same."""
    both = blend([walk.model, learned.model], [1.0, weight], walk.data.split.train.n_items)
    mean = measure_model(both, (walk.reps, learned.reps), asked, (20,)).mean
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
