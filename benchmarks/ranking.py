"""Fitting, measuring and listing at scale: models of items beside implicit's, on one file.

``python -m benchmarks.ranking --data clicks.parquet`` (``benchmarks.clicks`` writes one). A row is
a model and what it does: ``fit``, ``measure`` (metrics of all test users) or ``list`` (ten items
for all of them). Models take turns. implicit's cosine and ALS are timed where that package is
installed; its lists come without metrics. ``peak_mb`` is the most that the process has held so far.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import jax
import numpy as np
import scipy.sparse
from rich.progress import Progress

from benchmarks import harness, report
from jaxrec.data import load, split
from jaxrec.evaluate import EvalTask, measure_model, sample_users, slice_of
from jaxrec.graph import matrix
from jaxrec.models import filter_r, item_knn, lightgcn_item
from jaxrec.ops import prepare
from jaxrec.registry import Source, graphs
from jaxrec.retrieve import recommend

K, DIM, N_NEIGHBOURS = 10, 64, 100
QUICK_USERS, QUICK_REPEATS = 2000, 2
Steps = dict[str, Callable[[], Any]]


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    parts = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0)
    question = slice_of(parts.train, parts.train, parts.test)
    question = sample_users(question, QUICK_USERS if options.quick else None, seed=0)
    cases = _ours(question)
    if find_spec("implicit") is not None:
        cases |= _implicit(question)
    steps = [(name, step, call) for name, steps in cases.items() for step, call in steps.items()]
    repeats = min(options.repeats, QUICK_REPEATS) if options.quick else options.repeats
    peaks: list[float] = []
    with Progress(transient=True) as progress:
        task = progress.add_task("ranking", total=len(steps) * repeats)

        def tick() -> None:
            progress.advance(task)
            peaks.append(harness.process_peak_mb())

        seconds = harness.alternate([call for *_, call in steps], repeats, tick)
    about = harness.about_this_machine("scipy")
    size = f"{len(question.users):,} users x {question.train.n_items:,} items"
    rows = [
        {"benchmark": "ranking", "case": f"{step}, {size}", "formulation": name}
        | harness.spread(times, per=1)
        | {"peak_mb": peak}
        | about
        for (name, step, _), times, peak in zip(steps, seconds, peaks, strict=False)
    ]
    report.save(rows, options, report.bars(rows, f"Ranking at scale, {options.data}"))
    return rows


def _ours(question: EvalTask) -> dict[str, Steps]:
    train = question.train
    n_users, n_items = train.n_users, train.n_items

    def place(graph, n_users):
        return prepare(graph, n_users=n_users, dim=DIM)

    walk = filter_r(n_users, n_items)
    source = Source(train, place)
    lists = graphs.lists(source)
    knn = item_knn(lists, n_users, n_items, N_NEIGHBOURS)
    towers = lightgcn_item(n_users, n_items, DIM)
    fits = {
        "filter_r": (walk, lambda: walk.encode({}, graphs.walk(source))),
        "item_knn": (knn, lambda: knn.encode(knn.init(jax.random.key(0)), lists)),
        "lightgcn_item": (
            towers,
            lambda: towers.encode(towers.init(jax.random.key(0)), graphs.item_graph(source)),
        ),
    }
    return {name: _steps(model, fit, question) for name, (model, fit) in fits.items()}


def _steps(model, fit: Callable[[], Any], question: EvalTask) -> Steps:
    kept: list[Any] = []

    def fitted():
        kept[:] = [jax.block_until_ready(fit())]

    def listed():
        asked = {"seen": question.seen, "tie_break": question.popularity}
        recommend(model, kept[0], question.users, question.train.n_items, K, **asked)

    measured = lambda: measure_model(model, kept[0], question, (K,))
    return {"fit": fitted, "measure": measured, "list": listed}


def _implicit(question: EvalTask) -> dict[str, Steps]:
    from implicit.als import AlternatingLeastSquares  # pyright: ignore
    from implicit.nearest_neighbors import CosineRecommender  # pyright: ignore

    pairs = scipy.sparse.csr_matrix(matrix(question.train))
    users = np.asarray(question.users)
    models = {
        "implicit, cosine": CosineRecommender(K=N_NEIGHBOURS),
        "implicit, ALS": AlternatingLeastSquares(factors=DIM, random_state=0),
    }
    return {
        name: {
            "fit": lambda model=model: model.fit(pairs, show_progress=False),
            "list": lambda model=model: model.recommend(users, pairs[users], N=K),
        }
        for name, model in models.items()
    }


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
