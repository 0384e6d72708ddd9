"""Gowalla and Yelp2018: training-free filters, a trained model, and their blend, against the best.

Lists of these data are in order of time, and the test slice is what each user took last (README).
So everything is chosen on a validation slice that is the latest fifth of every user's training
items: the exponent r of the filter, how it counts recent items, and in the blend r and the weight
of the trained model. Then all is computed anew on all training interactions and measured on the
published test slice, once. What was chosen before, by hand, stands in ``TRAINED`` and the README
says how.
"""

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.gowalla_yelp.picture import draw
from experiments.gowalla_yelp.runs import (
    METRICS,
    compute,
    draw_users,
    measure,
    measure_blend,
    question,
    train_and_test,
)
from experiments.recipe import write
from jaxrec.evaluate import measure_baselines

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
R = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RECENCY = (None, 5.0, 10.0, 20.0, 50.0)
"""None is what published models do: an item counts the same however long ago it was taken."""
WEIGHTS = (1.0, 2.0, 3.0, 4.0, 6.0)
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
    held_out: dict[str, Any] = settings | {"valid_fraction": 0.2, "valid": "latest"}
    everything: dict[str, Any] = settings | {"valid_fraction": 0.0}
    filters = {
        (r, recency): compute(model="filter_r", r=r, recency=recency, **held_out)
        for r in R
        for recency in RECENCY
    }
    asked = draw_users(question(filters[R[0], None], "valid"))
    values = {of: measure(each, asked)[SELECT] for of, each in filters.items()}
    best = max(values, key=values.__getitem__)
    plain = max((of for of in values if of[1] is None), key=values.__getitem__)
    chosen: dict[str, Any] = {"filter_r": {_named(*of): value for of, value in values.items()}}
    runs = {
        of: train_and_test(model="filter_r", r=of[0], recency=of[1], **everything)
        for of in {plain, best}
    }
    tested = {f"filter_r, {_named(*of)}": runs[of].test for of in (plain, best)}
    tested["gf_cf"] = train_and_test(model="gf_cf", **everything).test
    if not config.training_free:
        learned = train_and_test(**fit, **held_out).served
        recency = best[1]
        blends = {
            (r, weight): measure_blend(filters[r, recency], learned, weight, asked)[SELECT]
            for r in R
            for weight in WEIGHTS
        }
        chosen |= {"trained": measure(learned, asked)[SELECT]}
        chosen |= {"blend": {f"r {r:g}, weight {w:g}": value for (r, w), value in blends.items()}}
        r, weight = max(blends, key=blends.__getitem__)
        walk = train_and_test(model="filter_r", r=r, recency=recency, **everything)
        trained = train_and_test(**fit, **everything)
        tested["lightgcn_item, softmax"] = trained.test
        start = time.perf_counter()
        test = question(walk.served, "test")
        both = measure_blend(walk.served, trained.served, weight, test)
        seconds = walk.test["seconds"] + trained.test["seconds"] + time.perf_counter() - start
        tested[f"both, {_named(r, recency)}, weight {weight:g}"] = both | {"seconds": seconds}
    popularity = measure_baselines(question(runs[best].served, "test"), (20,))["popularity"].mean
    tested["popularity"] = {name: popularity[name] for name in METRICS}
    return {"chosen on validation": chosen, "test": tested}


def _named(r: float, recency: float | None) -> str:
    return f"r {r:g}" + ("" if recency is None else f", recency {recency:g}")


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
