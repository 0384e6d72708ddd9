"""A line about a relation: what it holds, and what reading dropped of it."""

import re

import numpy as np

from jaxrec.data.relations import Relation, first_edges


def relation_line(name: str, relation: Relation) -> str:
    """What a person is told of a relation.

    >>> counts = {"rows_read": 5, "unknown_user": 2, "self_links": 1, "both_directions": 0}
    >>> rows = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    >>> relation_line("trust", Relation("user", "user", *rows, 4, 4, counts=counts))
    'trust: 2 links of 3 of 4 users, 2 of unknown users dropped, 1 self-link dropped'
    """
    source, target = relation.source, relation.target
    if source == target:
        ends = np.union1d(relation.senders, relation.receivers)
        between = f"{len(ends):,} of {relation.n_sources:,} {plural(source)}"
    else:
        senders, receivers = np.unique(relation.senders), np.unique(relation.receivers)
        between = f"{len(senders):,} of {relation.n_sources:,} {plural(source)} to "
        between += f"{len(receivers):,} of {relation.n_targets:,} {plural(target)}"
    parts = [f"{name}: {_counted(len(relation), 'link')} of {between}"]
    count = relation.counts
    for entity in dict.fromkeys((source, target)):
        if count.get(f"unknown_{entity}"):
            parts.append(f"{count[f'unknown_{entity}']:,} of unknown {plural(entity)} dropped")
    if count.get("self_links"):
        kept = source == target and bool(np.any(relation.senders == relation.receivers))
        parts.append(f"{_counted(count['self_links'], 'self-link')} {_fate(kept)}")
    if count.get("repeated"):
        kept = len(first_edges(relation.senders, relation.receivers, relation.kind)) < len(relation)
        parts.append(f"{_counted(count['repeated'], 'repeat')} {_fate(kept)}")
    if count.get("both_directions"):
        once = "" if relation.directed else ", each counted once"
        parts.append(f"{_counted(count['both_directions'], 'pair')} in both directions{once}")
    return ", ".join(parts)


def plural(word: str) -> str:
    """The name of an entity type, of many.

    >>> plural("user"), plural("category"), plural("business"), plural("day")
    ('users', 'categories', 'businesses', 'days')
    """
    word = re.sub(r"(?<=[^aeiou])y$", "ie", word)
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def _counted(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {plural(word)}"


def _fate(kept: bool) -> str:
    return "kept" if kept else "dropped"
