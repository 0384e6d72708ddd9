"""Three medoids of a user's interests against one vector, on what users take next.

Item vectors are trained on the earlier part of time and then fixed, as PinnerSage has them. At
moments of the later part, what a user had before asks for candidates, and what the user took next
should be among them: recall of the next items, in lists of 20 and 100. Methods differ in nothing
but the vectors that ask. Every number that a method has is chosen on the slice between the two
parts; then the test slice is asked once.

A long file, for an experiment is read top to bottom.
"""

import dataclasses
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from rich.console import Console
from rich.table import Table

from experiments.pinnersage.methods import Asked, queries
from experiments.pinnersage.moments import Questions, Slice, ask
from experiments.recipe import write
from jaxrec.evaluate import compare_users, holm, per_user, popularity
from jaxrec.rank import TopLists, top_lists
from jaxrec.retrieve import nearest

OURS = "pinnersage"
AGAINST = ("last item", "decayed average", "k-means")
KS = (20, 100)
METRICS = tuple(f"recall@{k}" for k in KS)
SELECT = "recall@100"
"""Candidates for a ranker, as the paper retrieves them: 400 of billions."""

COMPARED = f"{OURS} less the other, {SELECT}"

MODELS: dict[str, dict[str, Any]] = {
    "lightgcn_item": {"n_layers": 1},
    "mf": {},
}
TRAINED: dict[str, Any] = {
    "loss": "softmax",
    "temperature": 0.1,
    "candidates": "shared",
    "negatives": 1024,
    "sampler": "interaction",
    "learning_rate": 1e-2,
}
"""The recipe of ``experiments/gowalla_yelp``: trained by cosine, as retrieval here measures."""

SAMPLED = f"{OURS}, sampled"
"""With what was chosen for the former: interests drawn by importance, as the paper serves them."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data: tuple[str, ...] = ("movielens-small", "amazon-hin")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    models: tuple[str, ...] = tuple(MODELS)
    """Whose item vectors."""
    min_rating: float = 4.0
    k_core: int = 5
    test_fraction: float = 0.2
    """The newest."""
    valid_fraction: float = 0.2
    """The newest of the rest."""
    dim: int = 64
    batch_size: int = 1024
    epochs: int = 30
    n_interests: int = 3
    """Of a user, that ask; the paper's."""
    at_least: int = 5
    """Items before the first moment that is asked about."""
    per_user: int = 10
    """Moments at most, in each slice."""
    alphas: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    """Cost of a merge to choose from; vectors of length 1 are at most 4 apart (squared)."""
    decays: tuple[float, ...] = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
    """A day, to choose from; the paper has 0, .01 and .1, but these users act in minutes."""
    n_clusters: tuple[int, ...] = (3, 5, 10)
    """Of k-means, to choose from."""
    n_valid: int = 1000
    """Moments at most that choose."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of training, of k-means and of what is sampled."""
    quick: bool = False
    """The first data set and model, one seed, few epochs, to see it run."""
    out: str = "experiments/pinnersage/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """PinnerSage's medoids against one vector a user and k-means, on what users take next."""
    if config.quick:
        first = {"data": config.data[:1], "models": config.models[:1]}
        config = dataclasses.replace(config, seeds=(0,), epochs=3, n_valid=200, **first)
    found = {}
    for data in config.data:
        found[data] = {model: run(config, data, model) for model in config.models}
        _correct(list(found[data].values()))
        write(Path(config.out) / f"{data}.json", dataclasses.asdict(config), found[data])
        for model, rows in found[data].items():
            _show(f"{data}, vectors of {model}", rows)
    return found


def run(config: Config, data: str, model: str) -> dict[str, Any]:
    """All methods on the vectors of one model: what was chosen, and what the test then says."""
    start = time.perf_counter()
    by_seed = [_one_seed(config, data, model, seed) for seed in config.seeds]
    # A user's recall is the mean over seeds and moments, so that users count once.
    mean = {
        name: {m: np.mean([one["test"][name][m] for one in by_seed], axis=0) for m in METRICS}
        for name in by_seed[0]["test"]
    }
    compared = {name: compare_users(mean[name][SELECT], mean[OURS][SELECT]) for name in AGAINST}
    return {
        **{name: by_seed[0][name] for name in ("users", "moments", "items")},
        "chosen": [one["chosen"] for one in by_seed],
        "test": {
            name: {m: float(value.mean()) for m, value in each.items()}
            for name, each in mean.items()
        },
        COMPARED: {name: result._asdict() for name, result in compared.items()},
        "seconds": time.perf_counter() - start,
    }


def _one_seed(config: Config, data: str, model: str, seed: int) -> dict[str, Any]:
    n = config.n_interests
    asked = ask(
        TRAINED
        | MODELS[model]
        | {
            "model": model,
            "data": data,
            "data_dir": config.data_dir,
            "min_rating": config.min_rating,
            "k_core": config.k_core,
            "test_fraction": config.test_fraction,
            "valid_fraction": config.valid_fraction,
            "dim": config.dim,
            "batch_size": config.batch_size,
            "epochs": config.epochs,
            "patience": config.epochs,
            "seed": seed,
        },
        at_least=config.at_least,
        per_user=config.per_user,
        n_valid=config.n_valid,
        seed=seed,
    )
    chosen, test = {}, {"popularity": _popular(asked)}
    for name, grid in _grids(config).items():
        settings = [
            dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
        ]
        answers = queries(name, settings, asked.valid.moments, asked.vectors, n, seed)
        recalls = [_by_user(asked, asked.valid, answer)[SELECT].mean() for answer in answers]
        best = settings[int(np.argmax(recalls))]
        chosen[name] = best | {f"validation {SELECT}": float(max(recalls))}
        for each in (name, SAMPLED) if name == OURS else (name,):
            (answer,) = queries(each, [best], asked.test.moments, asked.vectors, n, seed)
            test[each] = _by_user(asked, asked.test, answer)
    n_users = len({moment.user for moment in asked.test.moments})
    return {
        "users": n_users,
        "moments": len(asked.test.moments),
        "items": len(asked.vectors),
        "chosen": chosen,
        "test": test,
    }


def _grids(config: Config) -> dict[str, dict[str, Sequence[float]]]:
    """What is chosen for each method."""
    return {
        "last item": {},
        "decayed average": {"decay": config.decays},
        "k-means": {"n_clusters": config.n_clusters, "decay": config.decays},
        OURS: {"alpha": config.alphas, "decay": config.decays},
    }


def _by_user(asked: Questions, part: Slice, answer: Asked) -> dict[str, Float[np.ndarray, "U"]]:
    """Recall of every user, the mean over their moments."""
    lists = nearest(asked.vectors, answer.query, answer.user, max(KS), seen=part.had)
    return _means(lists, part)


def _popular(asked: Questions) -> dict[str, Float[np.ndarray, "U"]]:
    counts, rows = asked.n_train.astype(np.float32), np.arange(len(asked.test.moments))
    had, wanted = asked.test.had, asked.test.wanted
    lists = top_lists(popularity, counts, rows, len(counts), max(KS), seen=had, relevant=wanted)
    return _means(lists, asked.test)


def _means(lists: TopLists, part: Slice) -> dict[str, Float[np.ndarray, "U"]]:
    values = per_user(lists, np.arange(len(part.moments)), part.wanted, KS)
    _, user = np.unique([moment.user for moment in part.moments], return_inverse=True)
    return {name: np.bincount(user, values[name]) / np.bincount(user) for name in METRICS}


def _correct(rows: Sequence[dict[str, Any]]) -> None:
    """Adds p by Holm, test by test, over all comparisons on a data set."""
    found = [each for row in rows for each in row[COMPARED].values()]
    for test in found[0]["p_values"]:
        adjusted = holm(np.array([each["p_values"][test] for each in found]))
        for each, p in zip(found, adjusted, strict=True):
            each.setdefault("holm", {})[test] = float(p)


def _show(title: str, row: dict[str, Any]) -> None:
    table = Table(title=f"{title}: test slice, {row['users']} users", title_justify="left")
    table.add_column("")
    for name in (*METRICS, f"{OURS} is better by", "interval", "p by Holm"):
        table.add_column(name, justify="right")
    for name, means in row["test"].items():
        cells = [f"{means[metric]:.4f}" for metric in METRICS]
        if name in row[COMPARED]:
            found = row[COMPARED][name]
            cells += [f"{found['difference']:.4f}", f"{found['low']:.4f} to {found['high']:.4f}"]
            cells.append(f"{max(found['holm'].values()):.2g}")
        table.add_row(name, *cells)
    Console().print(table)
