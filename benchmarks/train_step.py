"""A LightGCN training step by formulation, and an epoch with its sampling against bare steps.

``python -m benchmarks.train_step``: Gowalla, batch 2048, 3 layers, width 64, Adam. A step holds
forward, backward and the optimizer, and runs as in training, in a scan over steps; formulations
differ in nothing but ``ops.prepare``. The epoch is the library's own, sampling included; bare steps
are the same scan over one batch drawn before. Times are per step.
"""

from collections.abc import Iterator
from functools import partial

import jax

from benchmarks import harness, report
from jaxrec.data import Interactions, load, split
from jaxrec.graph import locality_order, renumber, user_items
from jaxrec.ops.propagate import Backend
from jaxrec.runs import build_training, first_progress, options_of
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch

FORMULATIONS: tuple[Backend, ...] = (
    "bcsr",
    "buckets",
    "chunked",
    "bcoo",
    "segment_sum",
    "bcsr_autodiff",
    "bcoo_autodiff",
)
STEPS = 40
QUICK_STEPS = 4
QUICK_EPOCH = 40


def main(options: harness.Options) -> list[dict]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))  # As jaxrec train does.
    steps = QUICK_STEPS if options.quick else STEPS
    full = -(-len(train) // options_of().batch_size)
    rows = harness.measure("train_step", [*step_cases(train, steps)], options.repeats)
    epochs = [*epoch_cases(train, QUICK_EPOCH if options.quick else full)]
    rows += harness.measure("train_step", epochs, min(options.repeats, 3))
    median = {row["formulation"]: row["median_ms"] for row in rows}
    sampling = median["bcsr, with sampling"] / median["bcsr, batch given"] - 1
    report.save(rows, options, report.bars(rows, f"LightGCN training step, {options.data}"))
    print(
        f"bcsr is {median['bcoo_autodiff'] / median['bcsr']:.1f} times as fast as bcoo_autodiff; "
        f"with its sampling an epoch takes {100 * sampling:.1f} % over bare steps"
    )
    return rows


def step_cases(train: Interactions, n_steps: int) -> Iterator[harness.Case]:
    """Bare steps, everything but the formulation equal."""
    for formulation in FORMULATIONS:
        yield step_case(train, formulation, n_steps, formulation, sampled=False)


def epoch_cases(train: Interactions, n_steps: int) -> Iterator[harness.Case]:
    """The library's epoch, and the same number of updates on one batch."""
    yield step_case(train, "bcsr", n_steps, "bcsr, with sampling", sampled=True)
    yield step_case(train, "bcsr", n_steps, "bcsr, batch given", sampled=False)


def step_case(
    train: Interactions, formulation: Backend, n_steps: int, name: str, sampled: bool
) -> harness.Case:
    """A scan over steps, with batches drawn in it or one batch drawn before."""
    settings = options_of(propagation=formulation)
    training = build_training(settings, train)
    state = first_progress(training, seed=0).state
    sample = partial(user_uniform, n_items=train.n_items, batch_size=settings.batch_size)
    arrays = jax.tree.map(jax.numpy.asarray, user_items(train))
    if not sampled:
        arrays = jax.jit(sample)(jax.random.key(0), arrays)
        sample = lambda key, batch: batch
    run = epoch(training.step, sample, n_steps, donate=False)  # Timed again on one state.
    case, arguments = f"{n_steps} steps in a scan", (state, training.graph, arrays)
    return harness.Case(case, name, run, arguments, per=n_steps)


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
