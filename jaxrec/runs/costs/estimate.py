"""What ``jaxrec inspect`` says of time and memory without compiling anything."""

from typing import Any

import jax

from jaxrec.data import Interactions
from jaxrec.runs.costs import epoch_costs
from jaxrec.runs.costs.epoch_costs import Sizes, in_words
from jaxrec.runs.costs.memory import ProcessMemory


def estimate(train: Interactions, settings: Any) -> float | None:
    """Estimated seconds of an epoch on this machine; None where nothing like it was measured."""
    stored = epoch_costs.stored()
    if jax.default_backend() != stored.platform or jax.device_count() > 1:
        return None
    sizes = Sizes(2 * len(train), train.n_users, train.n_items, len(train))
    slowdown = epoch_costs.probe() / stored.probe_seconds
    return epoch_costs.epoch_seconds(stored, sizes, settings, slowdown)


def time_line(settings: Any, epoch_seconds: float | None) -> str:
    """One line on the time of an epoch and of all.

    >>> from jaxrec.runs.model_options import options_of
    >>> print(time_line(options_of("mf"), 0.8)[:63])
    Time, roughly estimated: 0.8 s an epoch, at most 13 min for 1,0
    """
    if epoch_seconds is None:
        return f"Time: no estimate for {settings.model} on this device; --measure measures"
    most = in_words(epoch_seconds * settings.epochs)
    ends = " (patience usually ends it earlier)" if settings.valid_fraction else ""
    return (
        f"Time, roughly estimated: {in_words(epoch_seconds)} an epoch, "
        f"at most {most} for {settings.epochs:,} epochs{ends}; --measure measures"
    )


def memory_line(memory: ProcessMemory) -> str:
    """One line on the memory of a training process.

    >>> memory_line(ProcessMemory(500.0, 20.0, 180.0))[:60]
    'Memory, estimated: 700 MiB for a training process at its pea'
    """
    return (
        f"Memory, estimated: {memory.peak_mb:,.0f} MiB for a training process at its peak "
        f"({memory.programs_mb:,.0f} of them Python, JAX and compiled programs)"
    )
