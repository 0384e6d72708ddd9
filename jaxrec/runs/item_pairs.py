"""From options to the pairs of items that a model of related items learns from."""

from typing import Any

import numpy as np
from jaxtyping import Int

from jaxrec import registry
from jaxrec.data import Dataset, Finding, Relation, read_item_pairs, relation_line
from jaxrec.runs import log
from jaxrec.tasks import RunData

PAIRS = "pairs"
"""The option, and the relation of a run that keeps what it named."""
NOT_SPLIT = "pairs of {} are not split: all are learned from, those too that the test asks for"


def load_item_pairs(options: Any, dataset: Dataset, items: Int[np.ndarray, "I"]) -> Relation | None:
    """The pairs of ``--pairs`` by the rows of the run; None where the option is not given.

    Args:
      items: old rows of the items, in the order of the run.

    Raises:
      InputError: a file that holds no pairs of the data's items.
    """
    path = getattr(options, PAIRS, None)
    if path is None:
        return None
    pairs = read_item_pairs(path, dataset)
    log.say(relation_line(PAIRS, pairs))
    pairs = pairs.renumbered({"item": items})
    return pairs.take(np.lexsort((pairs.receivers, pairs.senders)))


def check_item_pairs(options: Any, data: RunData, pairs: Relation) -> Finding:
    """Counts what the test slice asks for and training is told, as a pair of the same direction."""
    message = f"answers of the test slice that {pairs.origin} has for the item that asks"
    name = "test_pairs_given"
    if not len(data.split.test):
        return Finding(name, 0, 0, message)
    asked = registry.task_of(options).question(data, "test", options).pairs
    number = lambda query, item: query.astype(np.int64) * pairs.n_targets + item
    told = np.isin(number(asked.query, asked.item), number(pairs.senders, pairs.receivers))
    return Finding(name, int(told.sum()), len(told), message)
