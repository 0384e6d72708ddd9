"""What a device has left, whether a model fits, and what a training process holds."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.rank import block_of
from jaxrec.runs.model_options import arguments
from jaxrec.runs.options import RunOptions

GIB, MIB = 2**30, 2**20
FLOAT = 4
PROGRAMS_MB = 600.0
"""Python, JAX and what XLA compiled, measured on the smallest data."""
ROW_BYTES = 100
"""Of a row read: the table of text or numbers, ids, slices, their copies by row and sorted keys."""
EDGE_BYTES = 40
"""Of a directed edge: the graph, its matrix and the layout, in both directions."""
TABLE_COPIES = 7
"""Parameters, both moments, representations, the best tables, and a checkpoint's copies."""
GRADIENT_COPIES = 4
"""Of a step: gradients, and what the optimizer makes of them; two more a layer."""
SCORE_COPIES = 3
"""A block of scores, with seen items struck out, and as sorted for the top K."""


class ProcessMemory(NamedTuple):
    """Estimated parts of the peak of a training process on the host, in MiB.

    Attributes:
      programs_mb: Python, JAX and compiled programs.
      data_mb: interactions as read, their slices and the graph.
      training_mb: tables with their copies, and what a step or a block of ranked scores adds.
    """

    programs_mb: float
    data_mb: float
    training_mb: float

    @property
    def peak_mb(self) -> float:
        """All parts: what was freed after reading is seldom given back."""
        return sum(self)


def process_memory(train: Interactions, settings: Any, n_rows: int) -> ProcessMemory:
    """What ``jaxrec train`` is estimated to hold at its peak; nothing is compiled.

    Args:
      n_rows: rows of the file, dropped ones included.
    """
    entry = registry.entry(settings.model)
    n_users, n_items = train.n_users, train.n_items
    data = ROW_BYTES * n_rows + EDGE_BYTES * 2 * len(train) * (entry.graph is not None)
    n_layers = getattr(settings, "n_layers", 0) if entry.propagates else 0
    table = (n_users + n_items) * getattr(settings, "dim", 0) * FLOAT if entry.trained else 0
    step = (GRADIENT_COPIES + 2 * n_layers) * table
    ranking = SCORE_COPIES * min(block_of(n_items), n_users) * n_items * FLOAT
    held = TABLE_COPIES * table + max(step, ranking)  # A step's memory is free while it ranks.
    if entry.memory is not None:
        held += entry.memory(n_users, n_items, **arguments(settings, entry.memory))
    return ProcessMemory(PROGRAMS_MB, data / MIB, held / MIB)


def free_bytes() -> float:
    """Memory that the default device has left."""
    stats = jax.local_devices()[0].memory_stats()
    if stats and "bytes_limit" in stats:
        return float(stats["bytes_limit"] - stats["bytes_in_use"])
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration):
        return math.inf  # Not Linux: nobody says, so everything is tried.


def check_memory(options: RunOptions, n_users: int, n_items: int) -> None:
    """Refuses a model whose ``init`` would take more memory than there is.

    Raises:
      InputError: names both.
    """
    of_model = registry.entry(options.model).memory
    if of_model is None:
        return
    needed, free = of_model(n_users, n_items, **arguments(options, of_model)), free_bytes()
    if needed > free:
        raise InputError(
            f"{options.model} takes {needed / GIB:.1f} GiB of memory for {n_items:,} items and "
            f"{free / GIB:.1f} are free; leave out rare items by --k-core or choose another --model"
        )
