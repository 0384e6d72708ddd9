"""From options to the relations that a model reads, by the rows of a run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Dataset, Relation, read_relation, relation_line
from jaxrec.runs import log

Rows = Int[np.ndarray, "n"]


def load_relations(options: Any, dataset: Dataset, rows: Mapping[str, Rows]) -> dict[str, Relation]:
    """The relations that the model reads, from ``--relation NAME=FILE`` or the data set itself.

    A line of the log tells what each holds.

    Args:
      rows: by entity type, the old rows of users and items in the order of the run.

    Raises:
      InputError: a relation that is not there, or words that name no relation of the model.
    """
    wanted = {link.name: link for link in registry.entry(options.model).links}
    files = {}
    for word in getattr(options, "relation", ()):
        name, equals, path = word.partition("=")
        if not equals or name not in wanted:
            raise InputError(
                f"--relation {word}: {options.model} reads {' and '.join(wanted)}; give NAME=FILE"
            )
        files[name] = path
    found = {}
    for name, link in wanted.items():
        if name in files:
            ends = {"source": link.source, "target": link.target, "directed": link.directed}
            relation = read_relation(files[name], dataset, **ends).relation
        elif name in dataset.relations:
            relation = dataset.relations[name]
        else:
            raise InputError(
                f"{options.model} reads {name}, links from {link.source} to {link.target}; give "
                f"--relation {name}=FILE, or Dataset.with_relation"
            )
        log.say(relation_line(name, relation))
        found[name] = relation.renumbered(rows)
    return found
