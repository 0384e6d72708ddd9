"""Steps of ComplEx about all entities, ours against equal loops in PyTorch, on the CPU.

``python -m benchmarks.facts``: FB15k-237, 1,024 questions a batch, width 256, reciprocal relations,
a softmax over all entities, N3 and Adam. Ours and the first loop of torch ask each question once
with all of its answers; the second asks one fact a row, as the reference code of ComplEx-N3 does,
so that a batch has 1,024 answers. Before any is timed, the loops on the same questions are shown to
compute the same losses and the same tables. All take turns in one process, several steps a turn.
``triples_per_s`` counts answers that were learned, in either direction.
"""

import dataclasses
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Int
from rich.progress import Progress

from benchmarks import harness, report
from benchmarks.fact_loop import N3, RATE, Loop
from jaxrec.base import Model, Params
from jaxrec.data import Triples, load_graph
from jaxrec.losses import multinomial
from jaxrec.models import complex_kge, norms, squares
from jaxrec.sampling import FactQueries, one_vs_all_batch, shuffled_queries, unique_queries
from jaxrec.train import objective, rank, shuffled_epoch, step

DIM, BATCH, INIT = 256, 1024, 1e-3
STEPS, QUICK_STEPS = 5, 2
TOLERANCE = {"loss": 1e-5, "table": 1e-4}
"""Greatest difference from ours, in shares of the greatest value."""
OURS, EQUAL, ROWS = "jaxrec", "torch, the same questions", "torch, a fact a row"


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Options of this benchmark."""

    data: str = "fb15k-237"
    """Knowledge graph to measure on."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    if find_spec("torch") is None:
        print("no torch here: pip install 'jaxrec[bench]'", file=sys.stderr)
        sys.exit(2)
    train, _, _ = load_graph(options.data, data_dir=options.data_dir).parts()
    questions, n_steps = unique_queries(train), QUICK_STEPS if options.quick else STEPS
    batch = min(BATCH, len(questions.entity) // n_steps)
    row, _ = shuffled_queries(jax.random.key(0), questions, batch)
    row = np.asarray(row[:n_steps])
    params = _model(train).init(jax.random.key(1))
    start = {name: np.asarray(table) for name, table in params.items()}
    from benchmarks import torch_facts  # Only now, for it needs torch.

    loops = {
        OURS: _ours(train, questions, params, row),
        EQUAL: torch_facts.of_questions(questions, start, row),
        ROWS: torch_facts.of_rows(train, start, batch, n_steps),
    }
    for loop in loops.values():
        loop.run()
    _check(loops[EQUAL].read(), loops[OURS].read())
    with Progress(transient=True) as progress:
        task = progress.add_task("facts", total=len(loops) * options.repeats)
        runs = [loop.run for loop in loops.values()]
        times = harness.alternate(runs, options.repeats, lambda: progress.advance(task))
    rows = []
    for (name, loop), seconds in zip(loops.items(), times, strict=True):
        found = harness.spread(seconds, n_steps)
        speed = 1e3 * loop.answers / n_steps / found["median_ms"]
        found |= {"triples_per_s": speed, "peak_mb": harness.process_peak_mb()}
        about = {"benchmark": "facts", "case": options.data, "formulation": name}
        rows.append(about | found | harness.about_this_machine("torch"))
    title = f"ComplEx, {batch:,} questions a step about {train.n_entities:,} entities"
    report.save(rows, options, _draw(rows, title), per="a step")
    for name in (EQUAL, ROWS):
        (ours,), (other,) = ([r for r in rows if r["formulation"] == n] for n in (OURS, name))
        times = ours["triples_per_s"] / other["triples_per_s"]
        print(f"triples a second, ours over {name!r}: {times:.1f}")
    return rows


def _model(train: Triples) -> Model:
    own = {"init_scale": INIT, "reciprocal": True}
    return complex_kge(train.n_entities, train.n_relations, DIM, **own)


def _ours(
    train: Triples, questions: FactQueries, params: Params, row: Int[np.ndarray, "S B"]
) -> Loop:
    model = _model(train)
    terms = {"rank": (1.0, rank(model, multinomial)), "n3": (N3, norms(3.0, squares))}
    update = step(objective(model, **terms), optax.adam(RATE))
    fixed = jnp.asarray(row), jnp.ones(row.shape, bool)
    program = shuffled_epoch(update, lambda key, arrays: fixed, one_vs_all_batch)
    arrays = jax.tree.map(jnp.asarray, questions)
    last = {"state": update.init(params, jax.random.key(2)), "loss": jnp.zeros(())}

    def run():
        last["state"], metrics = program(last["state"], None, arrays)
        last["loss"] = metrics["loss"]
        return last["loss"]

    def read():
        table = last["state"].params["entity"]
        return {"loss": np.asarray(last["loss"]), "table": np.asarray(table)}

    return Loop(run, read, int(np.diff(questions.answers.indptr)[row].sum()))


def _draw(rows: list[dict[str, Any]], title: str) -> Callable[[Any], None]:
    """Answers learned a second: a step of one loop has more of them than one of another."""

    def draw(axes) -> None:
        speeds = [row["triples_per_s"] for row in rows]
        drawn = axes.barh([row["formulation"] for row in rows], speeds, height=0.6)
        axes.bar_label(drawn, [f" {speed:,.0f}" for speed in speeds])
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.set(xlabel="triples a second (median)")
        about = f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}"
        axes.set_title(f"{title}\n{rows[0]['case']}, {about}", loc="left")

    return draw


def _check(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for what, value in expected.items():
        far = np.abs(found[what] - value).max() / np.abs(value).max()
        if not far <= TOLERANCE[what]:
            raise AssertionError(f"torch: {what} is off by {far:.1e}, allowed {TOLERANCE[what]}")


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    harness.run(main, Options, __doc__)
