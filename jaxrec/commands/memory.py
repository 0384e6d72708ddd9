"""What a device has left, and whether a model fits."""

import math
from pathlib import Path

import jax

from jaxrec.base import InputError
from jaxrec.commands import catalogue
from jaxrec.commands.options import arguments
from jaxrec.commands.training_options import RunOptions

GIB = 2**30


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
    of_model = catalogue.entry(options.model).memory
    if of_model is None:
        return
    needed, free = of_model(n_users, n_items, **arguments(options, of_model)), free_bytes()
    if needed > free:
        raise InputError(
            f"{options.model} takes {needed / GIB:.1f} GiB of memory for {n_items:,} items and "
            f"{free / GIB:.1f} are free; leave out rare items by --k-core or choose another --model"
        )
