"""What models of random walks learn from: windows of walks, each epoch a walk a node."""

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from jaxrec.base import Batch, InputError, Key
from jaxrec.graph import Transitions, transitions
from jaxrec.ops import second_order
from jaxrec.ops.walk import MOST
from jaxrec.sampling import WeightedTable, popularity_weights, weighted_table, windows
from jaxrec.tasks.option_groups import LOSS
from jaxrec.tasks.task import Batches


@dataclasses.dataclass(frozen=True)
class WalkOptions:
    """Walks, and what counts as near in them."""

    GROUP = LOSS
    p: float = 1.0
    """A step back to where the walk came from weighs 1/p; the paper searched 0.25 to 4."""
    q: float = 1.0
    """A step away from where the walk came from, to no neighbor of it, weighs 1/q; below 1 walks go
    far. The paper searched 0.25 to 4."""
    walk_length: int = 80
    """Nodes of a walk; the paper's number."""
    window: int = 10
    """Most places between a node and its context, which each place draws from 1 up; the paper's
    number."""
    walk_negatives: int = 64
    """Negatives drawn for a walk by degree ** 0.75, and shared by its places."""


class WalkTables(NamedTuple):
    """What batches are drawn from: where walks may go, and the distribution of negatives."""

    steps: Transitions
    negatives: WeightedTable


def check_walks(options: Any) -> None:
    """Refuses walks out of range.

    Raises:
      InputError: names the option, its value and its range.
    """
    p, q = options.p, options.q
    if not (p > 0 and q > 0 and max(1, p, q) <= MOST * min(1, p, q)):
        raise InputError(f"--p is {p} and --q {q}; give numbers from {1 / MOST} to {MOST}")
    if options.walk_length < 2:
        raise InputError(f"--walk-length is {options.walk_length}; give 2 or more, such as 80")
    if options.window < 1 or options.walk_negatives < 1:
        raise InputError(
            f"--window is {options.window} and --walk-negatives {options.walk_negatives}; give "
            "1 or more of each"
        )


def walk_batches(
    options: Any, senders: Int[np.ndarray, "E"], receivers: Int[np.ndarray, "E"], n_nodes: int
) -> Batches:
    """Walks along edges either way, from nodes that have some; an epoch draws one a node."""
    ends = np.append(senders, receivers), np.append(receivers, senders)
    steps = transitions(*ends, n_nodes)
    table = weighted_table(popularity_weights(steps.lists, n_nodes))
    shape = options.batch_size, options.walk_length, options.window, options.walk_negatives
    sample = _sampler(*shape, options.p, options.q)
    return Batches(WalkTables(steps, table), sample, None, len(steps.lists.nonempty))


@lru_cache(maxsize=16)
def _sampler(
    batch_size: int, length: int, window: int, n_shared: int, p: float, q: float
) -> Callable[[Key, WalkTables], Batch]:
    def sample(key: Key, tables: WalkTables) -> Batch:
        key_start, key_walk, key_window = jax.random.split(key, 3)
        nonempty = jnp.asarray(tables.steps.lists.nonempty)
        start = nonempty[jax.random.randint(key_start, (batch_size,), 0, len(nonempty))]
        walk = second_order(key_walk, tables.steps, start, length, p, q)
        return windows(key_window, walk, window, tables.negatives, n_shared)

    return sample
