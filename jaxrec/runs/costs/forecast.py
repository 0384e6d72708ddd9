"""What an epoch of training would take here, by formulation: compiled, and run for a few steps."""

import dataclasses
import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import jax

from jaxrec import registry
from jaxrec.data import Interactions
from jaxrec.ops import Backend
from jaxrec.ops.propagate.dense import LIMIT
from jaxrec.rank import block_of
from jaxrec.runs.costs.memory import free_bytes
from jaxrec.runs.fit import training as parts

N_TIMED, N_STEPS = 2, 5
FLOAT = 4
WORTH_DENSE = LIMIT // 2
"""Entries, nodes by nodes, of the largest matrix that is tried: larger ones take minutes."""
MESSAGES = ("segment_sum", "bcoo", "bcoo_autodiff", "bcsr_autodiff")
"""Formulations that keep messages ``[E, d]``."""


class Forecast(NamedTuple):
    """What one formulation would take.

    Attributes:
      memory_mb: of the device at its peak, in training or in ranking, the best tables included.
      epoch_seconds: once compiled; None where the messages alone would not fit.
    """

    formulation: Backend
    memory_mb: float
    epoch_seconds: float | None


def forecasts(train: Interactions, settings: Any, **beside: Any) -> Iterator[Forecast]:
    """Forecasts of every formulation that the model can use and that is worth compiling here.

    Left out are dense matrices that would take minutes, and what would only be interpreted.
    """
    if not registry.entry(settings.model).propagates:
        yield forecast(train, settings, **beside)
        return
    for formulation in get_args(Backend):
        interpreted = formulation == "pallas" and jax.default_backend() == "cpu"
        too_dense = formulation == "dense" and (train.n_users + train.n_items) ** 2 > WORTH_DENSE
        if formulation == "auto" or interpreted or too_dense:
            continue
        messages = message_bytes(formulation, 2 * len(train), settings.dim)
        if messages > free_bytes():
            yield Forecast(formulation, messages / 2**20, None)
        else:
            chosen = dataclasses.replace(settings, propagation=formulation)
            yield forecast(train, chosen, **beside)


def forecast(train: Interactions, settings: Any, **beside: Any) -> Forecast:
    """Compiles an epoch of a few steps, runs it, and scales the median to a whole epoch.

    Args:
      beside: knowledge and negatives, as ``build_training`` takes them.
    """
    training = parts.build_training(settings, train, **beside)
    tables = jax.tree.map(jax.numpy.asarray, training.tables)
    short = training._replace(n_steps=N_STEPS)
    state = parts.first_progress(training, seed=0).state
    run = parts.build_epoch(short, report=None)
    run = run.lower(state, training.graph, tables).compile()
    seconds = []
    for _ in range(1 + N_TIMED):  # The first brings memory and caches to their working state.
        start = time.perf_counter()
        state, _ = jax.block_until_ready(run(state, training.graph, tables))
        seconds.append(time.perf_counter() - start)
    epoch_seconds = statistics.median(seconds[1:]) / N_STEPS * training.n_steps
    memory = max(program_bytes(run), _ranking_bytes(train, settings))
    best = (train.n_users + train.n_items) * settings.dim * FLOAT
    formulation: Any = getattr(settings, "propagation", "auto")
    return Forecast(formulation, (memory + best) / 2**20, epoch_seconds)


def message_bytes(formulation: Backend, n_edges: int, dim: int) -> int:
    """Messages and their cotangents ``[E, d]``, where ``formulation`` keeps any."""
    return 2 * n_edges * dim * FLOAT * (formulation in MESSAGES)


def program_bytes(compiled) -> int:
    """What XLA says a program holds at its peak: arguments, results and temporaries."""
    memory = compiled.memory_analysis()
    if memory is None:
        return 0
    held = memory.argument_size_in_bytes + memory.output_size_in_bytes
    return held + memory.temp_size_in_bytes - memory.alias_size_in_bytes


def _ranking_bytes(train: Interactions, settings: Any) -> int:
    """Tables, their moments and representations, and a block of scores."""
    table = (train.n_users + train.n_items) * settings.dim * FLOAT
    users = min(block_of(train.n_items), train.n_users)
    return 4 * table + users * train.n_items * FLOAT
