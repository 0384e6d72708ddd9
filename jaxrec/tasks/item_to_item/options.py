"""Options of training on pairs of items; field docstrings are the help."""

import dataclasses
import math
from typing import Any, Literal

from jaxrec.base import InputError
from jaxrec.tasks.option_groups import LOSS, MostUsed


@dataclasses.dataclass(frozen=True)
class ItemToItemOptions:
    """What is learned from: the loss, and which items stand beside the answer."""

    GROUP = LOSS
    pairs: MostUsed[str | None] = None
    """File of pairs to learn from in place of users' consecutive items, as views one after the
    other: two columns of item ids, what is looked at and what goes with it, and perhaps a third,
    count, by which pairs are drawn. Pairs are not split: what the test slice asks for may be among
    them, and a line says how much is."""
    loss: Literal["max_margin", "binary"] = "max_margin"
    """Hinge with --margin, as in PinSage's paper, or binary cross-entropy."""
    margin: float = 0.1
    """By how much max_margin wants the answer to score above each other item; the paper's is not
    published."""
    shared_negatives: int = 500
    """Random items that a batch shares as negatives; the paper's number."""
    hard_negatives: int = 0
    """Negatives of each query from --hard-ranks, let in one per epoch (n - 1 in epoch n), up to 6
    in the paper. Finding them costs a propagation for every item."""
    hard_ranks: tuple[float, float] = (0.02, 0.1)
    """Ranks of hard negatives by personalized PageRank from the query, as shares of all items."""


def check(options: Any) -> None:
    """Refuses options out of range, of a model that is trained.

    Raises:
      InputError: names the option, its value and its range.
    """
    if not 0 < options.margin < math.inf:
        raise InputError(f"--margin is {options.margin}; give a number above 0, such as 0.1")
    if options.shared_negatives < 1 or options.hard_negatives < 0:
        raise InputError(
            f"--shared-negatives is {options.shared_negatives} and --hard-negatives "
            f"{options.hard_negatives}; give 1 or more of the first, 0 or more of the second"
        )
    low, high = options.hard_ranks
    if not 0 <= low < high <= 1:
        raise InputError(
            f"--hard-ranks is {low} {high}; give two shares of the catalogue from 0 to 1, the "
            "smaller first"
        )
