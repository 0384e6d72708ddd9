"""Facts in the order of a run: numbered as they appear, and cut in three."""

from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.data.interactions import new_rows
from jaxrec.data.split import Split
from jaxrec.data.triples import KnowledgeGraph, Triples


def facts_by_appearance(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The same facts, entities and relations numbered as facts name them; others leave.

    So what is drawn by row does not depend on what they are called.

    >>> import polars as pl
    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(rows(2, 0), rows(1, 0), rows(0, 2), n_entities=3, n_relations=2)
    >>> graph = KnowledgeGraph("", facts, pl.Series([*"abc"]), pl.Series([*"rs"]), None, {})
    >>> new = facts_by_appearance(graph)
    >>> new.entity_ids.to_list(), new.triples.head.tolist(), new.triples.relation.tolist()
    (['c', 'a'], [0, 1], [0, 1])
    """
    facts = graph.triples
    entities = _appearance(np.stack([facts.head, facts.tail], axis=1).ravel())
    relations = _appearance(facts.relation)
    entity = new_rows(entities, facts.n_entities, "entity")
    relation = new_rows(relations, facts.n_relations, "relation")
    kind = None if facts.kind is None else facts.kind[entities]
    head, tail = entity[facts.head], entity[facts.tail]
    sizes = len(entities), len(relations)
    undirected = relation[list(graph.undirected)]
    return replace(
        graph,
        triples=Triples(head, relation[facts.relation], tail, *sizes, kind),
        entity_ids=graph.entity_ids.gather(entities),
        relation_ids=graph.relation_ids.gather(relations),
        undirected=tuple(undirected[undirected >= 0].tolist()),
    )


def _appearance(rows: Int[np.ndarray, "n"]) -> Int[np.ndarray, "m"]:
    found, first = np.unique(rows, return_index=True)
    return found[np.argsort(first)]


def split_graph(
    graph: KnowledgeGraph,
    *,
    method: Literal["auto", "rows", "given"] = "auto",
    test_fraction: float = 0.2,
    valid_fraction: float = 0.1,
    seed: int = 0,
) -> Split[Triples]:
    """Cuts facts in three, the same way for the same seed.

    ``rows``: a random fraction of all facts is the test, and one of the rest validation. ``given``:
    as the data fix it; without a part for validation that is a random fraction of train. ``auto``
    is ``given`` if there is one. A fact of an undirected relation stands in its part both ways.

    Raises:
      InputError: a split that is not there, or an empty train or test.
    """
    facts, given = graph.triples, graph.given
    if method == "auto":
        method = "rows" if given is None else "given"
    rng = np.random.default_rng(seed)
    if method == "given":
        if given is None:
            raise InputError(f"{graph.name} has no split of its own; choose rows")
        part = given.copy()
    else:
        if given is not None:  # A fact may stand in two parts.
            facts = facts.take(np.sort(np.unique(facts.numbers(), return_index=True)[1]))
        part = np.zeros(len(facts), np.int8)
        part[rng.permutation(len(facts)) < round(len(facts) * test_fraction)] = 2
    if not valid_fraction:
        part[part == 1] = 0
    elif not np.any(part == 1):
        rest = np.flatnonzero(part == 0)
        part[rest[rng.permutation(len(rest)) < round(len(rest) * valid_fraction)]] = 1
    for name, number in (("train", 0), ("test", 2)):
        if not np.any(part == number):
            raise InputError(
                f"{graph.name}: its {name} part is empty; give more facts or another test fraction"
            )
    train, valid, test = (_mirrored(facts.take(part == n), graph.undirected) for n in range(3))
    return Split(train, valid, test, method)


def _mirrored(facts: Triples, undirected: tuple[int, ...]) -> Triples:
    """The facts, then those of undirected relations read from the other end, each once."""
    back = facts.take(np.isin(facts.relation, undirected) & (facts.head != facts.tail))
    back = replace(back, head=back.tail, tail=back.head)
    return facts.followed_by(back.take(~np.isin(back.numbers(), facts.numbers())))
