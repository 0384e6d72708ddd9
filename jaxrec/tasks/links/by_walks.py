"""The task of links, learned from walks along them and not from questions."""

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.tasks.links.links import LINKS
from jaxrec.tasks.option_groups import SPLIT
from jaxrec.tasks.task import Batches
from jaxrec.tasks.walks import WalkOptions, check_walks, walk_batches


@dataclasses.dataclass(frozen=True)
class LinkWalkOptions(WalkOptions):
    """The same, and what chooses the epoch."""

    valid_facts: Annotated[int | None, SPLIT] = None
    """Choose the epoch on a random sample of this many validation links; by default on all."""


def _check(options: Any, reads: Sequence[str]) -> None:
    del reads
    check_walks(options)
    if options.valid_facts is not None and options.valid_facts < 1:
        raise InputError(f"--valid-facts is {options.valid_facts}; give 1 or more")


def _batches(options: Any, train: Triples) -> Batches:
    return walk_batches(options, train.head, train.tail, train.n_entities)


LINKS_BY_WALKS = LINKS._replace(
    options=(LinkWalkOptions,),
    check=_check,
    batches=_batches,
    advice="Try another --p or --q, or more --epochs; jaxrec tune --model {} searches",
)
"""Questions, metrics and baselines are those of ``LINKS``."""
