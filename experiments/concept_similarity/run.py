"""CF-IDF, Jaccard and distances in the knowledge graph against popularity and item kNN.

Two questions. Ordinary: what users took among items that others took in training. Cold: a tenth of
the items is held out of training whole, and ranked among themselves and among all. Every number
that a method has is chosen on a validation slice (for cold items another tenth, ranked among
themselves), by recall@20; then the test is asked once. All is drawn anew for every seed.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.concept_similarity.methods import METHODS, Answer, K, chance, measure
from experiments.concept_similarity.questions import Question, Source, cold, ordinary, read
from experiments.recipe import check_names, write

METRICS = f"recall@{K}", f"ndcg@{K}"
QUESTIONS = "ordinary", "cold", "cold among all"
CHANCE = "chance"


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the tables of the README."""

    data: tuple[str, ...] = ("movielens-small", "lastfm-kg")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    methods: tuple[str, ...] = tuple(METHODS)
    cold_fraction: float = 0.1
    """Of the items: the test, and as many that choose."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of the split, and of which items are cold."""
    quick: bool = False
    """One seed, and of every method the first settings alone, to see it run."""
    out: str = "experiments/concept_similarity/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Facts against interactions, on items that were taken before and on items that were not."""
    check_names(config.methods, tuple(METHODS), "--methods")
    if config.quick:
        config = dataclasses.replace(config, seeds=(0,))
    found = {}
    for data in config.data:
        source, start = read(data, config.data_dir), time.perf_counter()
        rows = run(config, source)
        about = {"seconds": time.perf_counter() - start, "facts": source.linked.graph.counts}
        write(Path(config.out) / f"{data}.json", dataclasses.asdict(config), rows, **about)
        _show(data, rows)
        found[data] = rows
    return found


def run(config: Config, source: Source) -> dict[str, Any]:
    """By method and question: a run a seed, with what was chosen for it."""
    asked = [
        (ordinary(source, seed), cold(source, seed, config.cold_fraction)) for seed in config.seeds
    ]
    rows: dict[str, Any] = {
        CHANCE: {
            "ordinary": [chance(usual["test"]) for usual, _ in asked],
            "cold": [chance(new["test"]) for _, new in asked],
            "cold among all": [chance(new["test_all"]) for _, new in asked],
        }
    }
    for name in config.methods:
        method = METHODS[name]
        settings = method.settings()[:1] if config.quick else method.settings()
        answers = [(each, method.build(source, **each)) for each in settings]
        rows[name] = {question: [] for question in QUESTIONS}
        for usual, new in asked:
            best, told = _chosen(answers, usual["valid"])
            rows[name]["ordinary"].append(told | measure(best, usual["test"]))
            best, told = _chosen(answers, new["valid"])
            rows[name]["cold"].append(told | measure(best, new["test"]))
            rows[name]["cold among all"].append(told | measure(best, new["test_all"]))
    return rows


def _chosen(
    answers: list[tuple[dict[str, Any], Answer]], question: Question
) -> tuple[Answer, dict[str, Any]]:
    """The answer of the best validation recall, and its settings; of one alone nothing is asked."""
    if len(answers) == 1:
        return answers[0][1], {"chosen": answers[0][0]}
    values = [measure(answer, question)[METRICS[0]] for _, answer in answers]
    settings, best = answers[int(np.argmax(values))]
    return best, {"chosen": settings, f"validation {METRICS[0]}": max(values)}


def summary(runs: list[dict[str, Any]], metric: str) -> tuple[float, float]:
    """Mean and standard deviation over seeds."""
    values = [run[metric] for run in runs]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def _show(data: str, rows: dict[str, Any]) -> None:
    table = Table(title=f"{data}, {' / '.join(METRICS)}", title_justify="left")
    for name in ("", *QUESTIONS):
        table.add_column(name)
    for name, by_question in rows.items():
        cells = []
        for question in QUESTIONS:
            told = [summary(by_question[question], metric) for metric in METRICS]
            cells.append(" / ".join(f"{mean:.4f} ± {deviation:.4f}" for mean, deviation in told))
        table.add_row(name, *cells)
    Console(width=140).print(table)
