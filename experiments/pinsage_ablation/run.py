"""PinSage's ablation table, and items that training never saw.

Items are what is asked about and what answers: which item goes with this one? Rows differ in one
thing at a time. The epoch of every row is chosen on the validation pairs, and so are its learning
rate and margin where several are given; then the test is asked.
"""

import dataclasses
import itertools
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from experiments.pinsage_ablation.learn import ROWS, learner
from experiments.pinsage_ablation.ranks import ranks
from experiments.pinsage_ablation.tasks import Source, Task, all_items, new_items, read
from experiments.pinsage_ablation.told import OURS, compared, show, told
from experiments.recipe import check_names, write

Ranks = Float[np.ndarray, "n"]
FEATURES, POPULARITY = "features, cosine", "popularity"
"""Rows without training: the features as they are, and how often training has an answer."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data: tuple[str, ...] = ("movielens-small", "amazon-hin")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rows: tuple[str, ...] = tuple(ROWS)
    new_rows: tuple[str, ...] = ("content", "mean-pooling", OURS)
    """Of the second table, on items that training never saw."""
    fractions: tuple[float, float] = (0.1, 0.2)
    """Of validation and test; 70 % of the labels train, as in the paper."""
    held_fraction: float = 0.1
    """Of the answers, that training never sees in the second table."""
    share: float = 0.01
    """Of the items, that a list of the hit rate holds; 500 of 5 million in the paper."""
    width: int = 10
    """Neighbors T; 10 to 50 in the paper."""
    n_walks: int = 200
    """From each item, that count visits."""
    length: int = 5
    """Nodes of a walk: two items away at most, with users between."""
    dim: int = 64
    hidden_dim: int = 64
    n_layers: int = 2
    """The paper's."""
    batch_size: int = 256
    n_negatives: int = 500
    """Shared by a batch; the paper's."""
    most_hard: int = 6
    """Hard negatives a query; the paper's."""
    hard_ranks: tuple[float, float] = (0.02, 0.1)
    """Band of ranks by PageRank, in shares of the items; 2,000 to 5,000 in the paper."""
    n_near: int = 32
    """Of the shared negatives, that are kept by distance."""
    epochs: int = 10
    least_steps: int = 100
    """Of an epoch; one pass over the pairs where that is longer."""
    decay: float = 0.8
    """Of the learning rate, an epoch."""
    learning_rates: tuple[float, ...] = (3e-3,)
    """Of Adam at its highest, to choose from."""
    margins: tuple[float, ...] = (0.1,)
    """To choose from; the paper's is not published."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of training, and of which items are new."""
    quick: bool = False
    """The first data set, one seed, two epochs, nothing to choose, to see it run."""
    out: str = "experiments/pinsage_ablation/results"
    """Folder for one JSON file a data set."""

    def k_of(self, answers: Bool[np.ndarray, "I"]) -> int:
        """Length of the hit rate's list."""
        return max(5, round(self.share * int(answers.sum())))


def main(config: Config) -> dict[str, dict[str, Any]]:
    """PinSage's ablation table (hit rate, MRR), and the same on items that training never saw."""
    check_names(config.rows, tuple(ROWS), "--rows")
    check_names([OURS], config.rows, "--rows without what the others are compared with")
    check_names(config.new_rows, config.rows, "--new-rows")
    if config.quick:
        first = {name: getattr(config, name)[:1] for name in ("learning_rates", "margins", "seeds")}
        few = {"epochs": 2, "least_steps": 1, "data": config.data[:1]}
        config = dataclasses.replace(config, **few, **first)
    found = {}
    for data in config.data:
        start = time.perf_counter()
        source = read(data, config.data_dir, config.fractions)
        task = all_items(source, config)
        chosen, rows = _table(config, task)
        k = config.k_of(task.answers)
        found[data] = {
            "sizes": {
                "items": int(task.answers.sum()),
                "k": k,
                "train": len(task.likes.indices),
                "valid": len(task.valid.item),
                "test": len(task.test.item),
            },
            "chosen": chosen,
            "rows": {name: told(each, k) for name, each in rows.items()},
            "compared": compared(rows, task.test.query, k),
            "new items": _new_items(config, source, chosen, k),
            "seconds": time.perf_counter() - start,
        }
        write(Path(config.out) / f"{data}.json", dataclasses.asdict(config), found[data])
        show(data, found[data])
    return found


def _table(config: Config, task: Task) -> tuple[dict[str, Any], dict[str, list[Ranks]]]:
    """What was chosen for each row, and the ranks of the test's answers, a list over seeds."""
    popular = 1 + np.bincount(task.likes.indices, minlength=len(task.known))[:, None]
    untrained = {FEATURES: _unit(task.shown.feature), POPULARITY: popular.astype(np.float32)}
    found = {name: [_asked(task, vectors)] for name, vectors in untrained.items()}
    chosen = {}
    for name in config.rows:
        tried = []
        for setting in itertools.product(config.learning_rates, config.margins):
            if ROWS[name].entropy and setting[1] != config.margins[0]:
                continue  # Cross-entropy has no margin.
            row = learner(config, task, ROWS[name], *setting)
            tried.append((*row.train(config.seeds[0]), setting, row))
        params, how, setting, row = max(tried, key=lambda one: one[1]["valid"])
        trained = [(params, how), *(row.train(seed) for seed in config.seeds[1:])]
        found[name] = [_asked(task, row.vectors(params, task.shown)) for params, _ in trained]
        epochs = [how["epoch"] for _, how in trained]
        chosen[name] = {"learning_rate": setting[0], "margin": setting[1], "epochs": epochs}
        print(f"{name}: valid {how['valid']:.4f}, {chosen[name]}", flush=True)
    return chosen, found


def _new_items(config: Config, source: Source, chosen: dict[str, Any], k: int) -> dict[str, Any]:
    """By what new items are shown with, the rows on them; other items are new in every seed."""
    found = defaultdict(lambda: defaultdict(list))
    for seed in config.seeds:
        task = new_items(source, config, seed)
        for how, shown in task.served.items():
            found[how][FEATURES].append(_asked(task, _unit(shown.feature)))
        for name in config.new_rows:
            setting = chosen[name]["learning_rate"], chosen[name]["margin"]
            row = learner(config, task, ROWS[name], *setting)
            params, _ = row.train(seed)
            for how, shown in task.served.items():
                found[how][name].append(_asked(task, row.vectors(params, shown)))
    return {
        how: {name: told(each, k) for name, each in rows.items()} for how, rows in found.items()
    }


def _asked(task: Task, vectors: Float[np.ndarray, "I d"]) -> Ranks:
    return ranks(vectors, task.test, task.likes, task.answers)


def _unit(feature: Float[np.ndarray, "I F"]) -> Float[np.ndarray, "I F"]:
    return feature / np.maximum(np.linalg.norm(feature, axis=1, keepdims=True), 1e-9)
