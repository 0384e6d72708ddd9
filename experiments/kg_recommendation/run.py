"""KGNN-LS, KGCN, a plain graph convolution and RippleNet on Last.FM and Book-Crossing.

The published setting: rows of user, item and label, one negative a positive drawn before the
split, 6:2:2 at random, click-through by AUC and lists of items by recall. Here the AUC is of all
test rows, with the mean over batches, which the reference codes print, beside it; recall is of all
users, with that of the reference code, 100 users and candidates without the negatives of train,
beside it. Which epoch is tested is chosen by the AUC of the validation rows; all is drawn anew for
every seed.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.kg_recommendation.methods import METHODS
from experiments.recipe import check_names, write
from jaxrec.data import Interactions
from jaxrec.evaluate import auc_batched, join, pair_scores, per_user
from jaxrec.graph import user_items
from jaxrec.rank import top_lists
from jaxrec.runs import Served, read_run
from jaxrec.tasks import CLICKS

KS = 2, 10, 50, 100
SHOWN = "auc", "auc_batched", "accuracy", "recall@10", "recall@50", "recall@100"
N_USERS = 100
"""Users whose lists the reference code of KGNN-LS measures."""

BOOKS = {"width": 8, "dim": 64, "n_layers": 2, "l2": 2e-5}
BOOKS |= {"batch_size": 256, "learning_rate": 2e-4}
"""KGNN-LS on Book-Crossing, as in its reference code."""
RECIPES: dict[str, dict[str, dict[str, Any]]] = {
    "lastfm-kg": {name: {} for name in METHODS if name != "ripplenet_wider"}
    | dict.fromkeys(("kgnn_ls_faster", "kgnn_ls_deeper", "kgcn_deeper"), {"learning_rate": 2e-3}),
    "book-crossing-kg": {
        "kgnn_ls": BOOKS | {"smooth_weight": 0.5},
        "kgcn": BOOKS,
        "gcn": BOOKS,
        "ripplenet": {"dim": 4, "l2": 1e-5},
        "ripplenet_wider": {"dim": 8, "l2": 1e-5},
    },
}
"""Methods of each data set, with what differs from ``METHODS``, ``TRAINING`` and the defaults of
``jaxrec train``; the faster rate and the greater width were chosen on validation rows."""
SPLIT = {"split": "rows", "test_fraction": 0.2, "valid_fraction": 0.25}
SPLIT |= {"refit": False, "validate_every": 1}
"""6:2:2, and every epoch a candidate for the test, which is not learned anew with validation."""
TRAINING: dict[str, dict[str, Any]] = {
    "lastfm-kg": {"batch_size": 128, "learning_rate": 5e-4},
    "book-crossing-kg": {"batch_size": 1024, "learning_rate": 1e-3},
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is common to all methods."""

    data: tuple[str, ...] = tuple(RECIPES)
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    methods: tuple[str, ...] = tuple(METHODS)
    epochs: int = 100
    """At most."""
    patience: int = 10
    """Epochs without a better validation."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Of negatives, split, neighbors, ripple sets and training."""
    lists: tuple[str, ...] = ("lastfm-kg",)
    """Data sets whose lists are measured too: 100,000 pairs of user and item take a second."""
    quick: bool = False
    """One seed, two epochs, the first of the data sets, to see it run."""
    out: str = "experiments/kg_recommendation/results"
    """Folder for one JSON file a data set and method."""


def main(config: Config) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Trains models of knowledge graphs, and says how well they foretell clicks and fill lists.

    Raises:
      InputError: data or a method of another name.
    """
    if config.quick:
        config = dataclasses.replace(config, data=config.data[:1], seeds=(0,), epochs=2)
    check_names(config.data, tuple(RECIPES), "--data")
    check_names(config.methods, tuple(METHODS), "--methods")
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for data in config.data:
        found[data] = {}
        for method in (name for name in config.methods if name in RECIPES[data]):
            runs = []
            for seed in config.seeds:
                runs.append(run(config, data, method, seed))
                _tell(f"{data} {method} seed {seed}", runs[-1])
            recipe = TRAINING[data] | RECIPES[data][method]
            settings = dataclasses.asdict(config) | {"data": data, "recipe": recipe}
            write(Path(config.out) / f"{data}-{method}.json", settings, {"runs": runs})
            found[data][method] = runs
        _show(data, found[data])
    return found


def run(config: Config, data: str, method: str, seed: int) -> dict[str, Any]:
    """One method on one split: the epoch that was chosen, its metrics on test, and seconds."""
    model, own = METHODS[method]
    settings, start = own | TRAINING[data] | RECIPES[data][method], time.perf_counter()
    trained = jaxrec.fit(
        data,
        model,
        task="clicks",
        data_dir=config.data_dir,
        **SPLIT,
        **settings,
        split_seed=seed,
        seed=seed,
        epochs=config.epochs,
        patience=config.patience,
    )
    fitted, results = time.perf_counter(), trained.results
    metrics = {"epoch": results["model"]["epoch"], "valid_auc": results["valid"]["auc"]}
    metrics |= results["test"]
    metrics |= {f"{name}_auc": one["auc"] for name, one in results["baselines"].items()}
    read = read_run(trained.folder)
    served, asked = read.encoded(), CLICKS.question(read.data, "test", read.options).asked
    metrics |= {"auc_batched": _batched(served, asked, settings["batch_size"], seed)}
    if data in config.lists:
        metrics |= _lists(served, seed)
    return metrics | {"train_s": fitted - start, "test_s": time.perf_counter() - fitted}


def _batched(served: Served, asked: Interactions, batch_size: int, seed: int) -> float:
    """The mean over batches of test rows in random order, which the reference codes print."""
    asked = asked.take(np.random.default_rng(seed).permutation(len(asked)))
    scores = pair_scores(served.model, served.reps, asked.user, asked.item)
    return auc_batched(scores, np.asarray(asked.rating), batch_size)


def _lists(served: Served, seed: int) -> dict[str, float]:
    """Recall of all users, positives of train and validation left out; and the reference code's."""
    data, found = served.data, {}
    train, future = data.split.train, user_items(data.split.test)
    users = np.intersect1d(future.nonempty, train.user).astype(np.int32)
    few = np.random.default_rng(seed).choice(users, min(N_USERS, len(users)), replace=False)
    past = join(train, data.split.valid)
    for name, who, seen in (("recall", users, past), ("recall_published", few, data.rows.train)):
        score, had = served.model.score, user_items(seen)
        lists = top_lists(
            score, served.reps, who, train.n_items, max(KS), seen=had, relevant=future
        )
        vectors = per_user(lists, who, future, KS)
        found |= {f"{name}@{k}": float(vectors[f"recall@{k}"].mean()) for k in KS}
    return found


def _tell(what: str, row: dict[str, Any]) -> None:
    line = f"{what}: validation AUC {row['valid_auc']:.4f} at epoch {row['epoch']}"
    Console(stderr=True).print(f"{line}, {row['train_s']:.0f} s")


def summary(runs: list[dict[str, Any]], metric: str) -> tuple[float, float]:
    """Mean and standard deviation over seeds."""
    values = [run[metric] for run in runs]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _show(data: str, found: dict[str, list[dict[str, Any]]]) -> None:
    table = Table(title=f"{data}, test rows", title_justify="left")
    table.add_column("method")
    for name in (*SHOWN, "seconds"):
        table.add_column(name, justify="right")
    for method, runs in found.items():
        told = [summary(runs, name) if name in runs[0] else None for name in SHOWN]
        spread = " ± {1:.4f}" if len(runs) > 1 else ""
        cells = ["-" if each is None else ("{0:.4f}" + spread).format(*each) for each in told]
        seconds = np.mean([run["train_s"] + run["test_s"] for run in runs])
        table.add_row(method, *cells, f"{seconds:.0f}")
    Console(width=150).print(table)
