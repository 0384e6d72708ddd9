"""What models of sessions learn from."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

from jaxrec.base import Batch, InputError, Key
from jaxrec.data import Interactions
from jaxrec.graph import sessions
from jaxrec.losses import bpr, softmax
from jaxrec.sampling import SessionTables, next_items, session_tables
from jaxrec.tasks.next_item.users import MAX_LENGTH
from jaxrec.tasks.option_groups import LOSS
from jaxrec.tasks.task import Batches


@dataclasses.dataclass(frozen=True)
class NextItemOptions:
    """The loss of next-item prediction."""

    GROUP = LOSS
    loss: Literal["softmax", "bpr"] = "softmax"
    """Cross-entropy of the next item among all candidates, or pairwise ranking (with --candidates
    uniform)."""
    candidates: Literal["all", "uniform"] = "all"
    """What the next item is ranked among: all items, or --negatives drawn uniformly for each
    prefix, by which softmax estimates that over all items."""
    negatives: int = 512
    """Negatives per prefix with --candidates uniform."""


def check(options: Any, reads: Sequence[str]) -> None:
    """Refuses options that do not go together.

    Raises:
      InputError: names the option, its value and the repair.
    """
    del reads
    if options.negatives < 1:
        raise InputError(f"--negatives is {options.negatives}; give 1 or more")
    if options.loss == "bpr" and options.candidates == "all":
        raise InputError("--loss bpr ranks pairs; add --candidates uniform")
    if options.max_length > MAX_LENGTH:
        raise InputError(
            f"--max-length is {options.max_length}; give {MAX_LENGTH} or less, for lists are made "
            "from as many items"
        )
    if math.prod(options.devices) > 1:
        raise InputError(f"--devices is {options.devices}; models of sessions run on one device")


def batches(options: Any, train: Interactions) -> Batches:
    """Prefixes of all training sessions, with the item that follows each."""
    found = sessions(train.user, train.item, train.n_items, train.time)
    tables = session_tables(found, options.max_length)
    n_negatives = options.negatives if options.candidates == "uniform" else None
    sample = _sampler(train.n_items, options.batch_size, options.max_length, n_negatives)
    loss = {"softmax": softmax, "bpr": bpr}[options.loss]
    return Batches(tables, sample, loss, len(tables.prefixes.target))


@lru_cache(maxsize=16)
def _sampler(
    n_items: int, batch_size: int, max_length: int, n_negatives: int | None
) -> Callable[[Key, SessionTables], Batch]:
    how = n_items, batch_size, max_length, n_negatives
    return lambda key, tables: next_items(key, tables, *how)
