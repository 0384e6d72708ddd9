"""Full-ranking evaluation: every Gowalla user against every item, seen items struck out.

``python -m benchmarks.evaluate``: scores, mask, top 20, and six metrics at two lengths, from
representations to per-user vectors, as ``jaxrec train`` does after an epoch.
"""

import time
from typing import Any

import jax

from benchmarks import harness, report
from jaxrec.base import Embeddings
from jaxrec.data import load, split
from jaxrec.evaluate import EvalTask, measure_model, slice_of
from jaxrec.models import lightgcn

DIM = 64
KS = (10, 20)
QUICK_USERS = 4096


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    parts = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0)
    n_users, n_items = parts.train.n_users, parts.train.n_items
    key_user, key_item = jax.random.split(jax.random.key(0))
    reps = Embeddings(
        jax.random.normal(key_user, (n_users, DIM)), jax.random.normal(key_item, (n_items, DIM))
    )
    model = lightgcn(n_users, n_items, DIM)
    question = slice_of(parts.train, parts.train, parts.test)
    if options.quick:
        question = question._replace(users=question.users[:QUICK_USERS])
    rows = [_time(model, reps, question, 3 if options.quick else options.repeats)]
    report.save(rows, options, report.bars(rows, f"Full-ranking evaluation, {options.data}"))
    return rows


def _time(model, reps: Embeddings, question: EvalTask, repeats: int) -> dict[str, Any]:
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        measure_model(model, reps, question, KS)
        seconds.append(time.perf_counter() - start)
    steady = harness.spread(seconds[1:], per=1)
    return {
        "benchmark": "evaluate",
        "case": f"{len(question.users):,} users x {reps.item.shape[0]:,} items",
        "formulation": "blocked full ranking",
        "compile_ms": 1e3 * seconds[0] - steady["median_ms"],
        "first_ms": 1e3 * seconds[0],
        **steady,
        "peak_mb": harness.process_peak_mb(),  # Many programs: the process's own peak.
    } | harness.about_this_machine()


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
