"""From options to the relations that a model reads, by the rows of a run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Dataset, Relation, hold_out_links, read_relation, relation_line
from jaxrec.registry.social_graphs import SOCIAL
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
    if (path := getattr(options, SOCIAL, None)) is not None:
        if SOCIAL in files:
            raise InputError(f"--social {path} and --relation {SOCIAL}={files[SOCIAL]}; give one")
        files[SOCIAL] = path
    found = {}
    for name, link in wanted.items():
        if name in files:
            ends = {"source": link.source, "target": link.target, "directed": link.directed}
            relation = read_relation(files[name], dataset, **ends).relation
        elif known := [one for one in (name, *link.also) if one in dataset.relations]:
            relation = dataset.relations[known[0]]
            _check_ends(known[0], relation, link)
        else:
            flag = f"--{name} FILE" if name == SOCIAL else f"--relation {name}=FILE"
            raise InputError(
                f"{options.model} reads {name}, links from {link.source} to {link.target}; give "
                f"{flag}, or Dataset.with_relation"
            )
        log.say(relation_line(name, relation))
        found[name] = relation.renumbered(rows)
        if name == SOCIAL and (share := getattr(options, "test_links", 0.0)):
            # By the rows of the run, so that what is drawn does not depend on ids.
            found[name] = _held_out(found[name], share, options.split_seed)
    return found


def _held_out(relation: Relation, share: float, seed: int) -> Relation:
    try:
        held = hold_out_links(relation, share, seed)
    except InputError as error:
        raise InputError(f"--test-links: {error} (--test-links 0 holds out none)") from None
    n_held = int((held.given == 2).sum()) if held.given is not None else 0
    log.say(f"{SOCIAL}: {n_held:,} of these links are held out to measure friends (--test-links)")
    return held


def _check_ends(name: str, relation: Relation, link: registry.Link) -> None:
    """Refuses a relation of the data set between other ends than the model reads."""
    if (relation.source, relation.target) != (link.source, link.target):
        raise InputError(
            f"{name} has links from {relation.source} to {relation.target}, and the model reads "
            f"{link.name} from {link.source} to {link.target}; bring that relation by its name"
        )
