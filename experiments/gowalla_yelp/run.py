"""Gowalla and Yelp2018: training-free filters, a trained model, and their blend, against the best.

Lists of these data are in order of time, and the test slice is what each user took last (README).
So everything is chosen on a validation slice that is the latest fifth of every user's training
items, on 3,000 users: the exponent r of the filter, how recent items count, how much popularity
adds to the trained model's scores, and the weight of the two in the blend. Then all is computed
anew on all training interactions and measured on the published test slice, once. What was chosen
before, by hand, stands in ``TRAINED`` and the README says how.
"""

import dataclasses
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.gowalla_yelp.picture import draw
from experiments.gowalla_yelp.runs import (
    METRICS,
    SELECT,
    Way,
    filters,
    fit,
    measure,
    open_way,
    question,
    together,
    ways,
)
from experiments.recipe import folder, write
from jaxrec.evaluate import measure_baselines
from jaxrec.runs import open_run

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
    "candidates": "in_batch",
    "sampler": "interaction",
    "log_q": 0.5,
    "learning_rate": 1e-2,
    "schedule": "cosine",
    "l2": 0.0,
}
WHOLE = {"n_neighbors": 0}
"""The filter of record has all its entries."""
R = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
RECENCY = (None, 3.0, 5.0, 10.0, 20.0)
"""None is what published models do: an item counts the same however long ago it was taken."""
PRIOR = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
WEIGHTS = (1.0, 2.0, 4.0)
QUICK = {"R": (0.2,), "RECENCY": (None,), "PRIOR": (0.0,), "WEIGHTS": (1.0,)}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data: tuple[str, ...] = ("gowalla", "yelp2018")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    dim: int = 128
    batch_size: int = 2048
    epochs: int = 5
    training_free: bool = False
    """Only what needs no training."""
    seed: int = 0
    quick: bool = False
    """One epoch, nothing to choose from, the first data set alone, to see it run."""
    out: str = "experiments/gowalla_yelp/results"
    """Folder for one JSON file a data set, and the picture."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Filters, a trained model and their blend on Gowalla and Yelp2018, and what is published."""
    if config.quick:
        config = dataclasses.replace(config, epochs=1, data=config.data[:1])
    found, out = {}, folder(config.out, config.quick)
    for data in config.data:
        found[data] = run(config, data)
        write(out / f"{data}.json", dataclasses.asdict(config), found[data])
        _show(data, found[data])
    kept = {path.stem: json.loads(path.read_text())["rows"] for path in sorted(out.glob("*.json"))}
    draw(kept, PUBLISHED, out / "recall_by_seconds.png")
    return found


def run(config: Config, data: str) -> dict[str, Any]:
    """All systems on one data set: what was chosen, what the test then says, and the seconds."""
    grids = QUICK if config.quick else {"R": R, "RECENCY": RECENCY, "PRIOR": PRIOR}
    weights = QUICK["WEIGHTS"] if config.quick else WEIGHTS
    base: dict[str, Any] = {"data": data, "data_dir": config.data_dir, "seed": config.seed}
    base["k"] = (20,)
    held_out: dict[str, Any] = base | {"valid_fraction": 0.2, "valid": "latest"}
    everything: dict[str, Any] = base | {"valid_fraction": 0.0}
    fitted: dict[str, Any] = TRAINED | {
        "dim": config.dim,
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "patience": config.epochs,
        "validate_every": config.epochs,  # Once, at the end.
    }
    asked, values = None, {}
    for of, served in filters(held_out | WHOLE, grids["R"], grids["RECENCY"]):
        asked = asked or question(served, "valid")
        values[of] = _told(data, f"filter_r, {_named(*of)}", measure(served, asked)[SELECT])
    plain, best = _best(values, lambda of: of[1] is None), _best(values)
    chosen: dict[str, Any] = {"filter_r": {_named(*of): value for of, value in values.items()}}
    with tempfile.TemporaryDirectory() as scratch:
        walks, tested = {}, {}
        for of in dict.fromkeys((plain, best)):
            given = everything | WHOLE | {"r": of[0], "recency": of[1]}
            walks[of], row = fit(Path(scratch) / _named(*of), "filter_r", **given)
            tested[f"filter_r, {_named(*of)}"] = row
        _, tested["gf_cf"] = fit(
            Path(scratch) / "gf_cf", "gf_cf", rank=256, low_pass=0.3, **everything
        )
        popular = measure_baselines(question(open_run(walks[best]), "test"), (20,))["popularity"]
        if not config.training_free:
            assert asked is not None
            tuning, _ = fit(Path(scratch) / "tuning", **fitted, **held_out)
            values = {
                way: _told(data, f"lightgcn_item, {way}", measure(served, asked)[SELECT])
                for way, served in ways(tuning, grids["RECENCY"], grids["PRIOR"])
            }
            chosen["lightgcn_item"] = {str(way): value for way, value in values.items()}
            plain_way, way = _best(values, lambda way: way.recency is None), _best(values)
            learned = open_way(tuning, way)
            mixed = {
                (of, weight): _told(
                    data,
                    f"both, {_named(*of)}, weight {weight:g}",
                    measure(together(walk, learned, weight), asked)[SELECT],
                )
                for of, walk in filters(held_out | WHOLE, grids["R"], (best[1],))
                for weight in weights
            }
            chosen["both"] = {f"{_named(*of)}, weight {w:g}": v for (of, w), v in mixed.items()}
            of, weight = _best(mixed)
            path, row = fit(Path(scratch) / "trained", **fitted, **everything)
            for each in dict.fromkeys((plain_way, way)):
                tested[f"lightgcn_item, {each}"] = _ask(path, each, row["seconds"])
            given = everything | WHOLE | {"r": of[0], "recency": of[1]}
            walk, walked = fit(Path(scratch) / "walk", "filter_r", **given)
            start = time.perf_counter()
            both = together(open_run(walk), open_way(path, way), weight)
            found = measure(both, question(both, "test"))
            seconds = row["seconds"] + walked["seconds"] + time.perf_counter() - start
            tested[f"both, {_named(*of)}, weight {weight:g}"] = found | {"seconds": seconds}
    tested["popularity"] = {name: popular.mean[name] for name in METRICS}
    return {"chosen on validation": chosen, "test": tested}


def _ask(folder: Path, way: Way, seconds: float) -> dict[str, float]:
    start = time.perf_counter()
    served = open_way(folder, way)
    found = measure(served, question(served, "test"))
    return found | {"seconds": seconds + time.perf_counter() - start}


def _told(data: str, what: str, value: float) -> float:
    """``value``, which is printed: choosing takes longer than the rows of the table."""
    Console(stderr=True).print(f"{data} {what}: validation {SELECT} {value:.4f}")
    return value


def _best(values: dict[Any, float], allowed: Callable[[Any], bool] = lambda of: True) -> Any:
    return max((of for of in values if allowed(of)), key=values.__getitem__)


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
