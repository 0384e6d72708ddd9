"""From options to a data set, and to the slices and ids of a run."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import (
    Dataset,
    Interactions,
    KnowledgeGraph,
    LabeledGraph,
    Split,
    by_label,
    check,
    check_facts,
    check_held_links,
    fingerprint,
    has_labels,
    join_labels,
    split,
    takes_columns,
    with_negatives,
)
from jaxrec.graph import by_appearance, locality_order, renumber
from jaxrec.runs import log
from jaxrec.runs.digest import digest
from jaxrec.runs.fit import phases
from jaxrec.runs.item_features import load_item_features, named_by
from jaxrec.runs.item_pairs import NOT_SPLIT, PAIRS, check_item_pairs, load_item_pairs
from jaxrec.runs.knowledge import load_knowledge, read_facts
from jaxrec.runs.load_facts import load_facts
from jaxrec.runs.load_friends import load_friends
from jaxrec.runs.load_nodes import load_nodes
from jaxrec.runs.options import RunOptions
from jaxrec.runs.read import load_dataset
from jaxrec.runs.reading_report import reading_lines
from jaxrec.runs.relations import load_relations
from jaxrec.runs.split_report import by_time, given_lines, label_lines, split_line, tie_lines
from jaxrec.runs.store import relation_file
from jaxrec.tasks import Data, FriendData, NodeData, RunData

Given = Dataset | KnowledgeGraph | LabeledGraph | None
"""What was read before a run; None where its options say what to read."""


def load_split(dataset: Dataset, options: RunOptions) -> Split:
    """Takes the test and validation slices as ``options`` say; of clicks with rows of label 0."""
    method: Any = options.split
    task = registry.task_of(options)
    if task.labels and not has_labels(dataset.interactions):
        dataset = with_negatives(dataset, options.split_seed)
    if method == "auto" and dataset.given is None:
        known, unknown = task.split
        method = unknown if dataset.interactions.time is None else known
    valid: Any = options.valid
    if valid == "auto" and method in ("auto", "given") and "users" in task.split:
        valid = "users"
    return split(
        dataset,
        method=method,
        test_fraction=options.test_fraction,
        valid_fraction=options.valid_fraction,
        valid=valid,
        seed=options.split_seed,
    )


def renumbered(parts: Split, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]) -> Split:
    """The parts by the rows that a run gives to users and items."""
    train, valid, test = (
        renumber(part, users, items) for part in (parts.train, parts.valid, parts.test)
    )
    return Split(train, valid, test, parts.method)


def load_run(options: Any, given: Given = None) -> tuple[Data, dict[str, Any]]:
    """The data of a new run, and what reports say about them.

    Args:
      given: what was read already, in place of ``options.data``.
    """
    kind = registry.task_of(options).data
    if kind is NodeData:
        assert not isinstance(given, Dataset | KnowledgeGraph), "``jaxrec.fit`` refuses it"
        return load_nodes(options, given)
    assert not isinstance(given, LabeledGraph), "``jaxrec.fit`` refuses it"
    if kind is not RunData:
        return load_friends(options, given) if kind is FriendData else load_facts(options, given)
    assert not isinstance(given, KnowledgeGraph), "``jaxrec.fit`` refuses it"
    return load_interactions(options, given)


def load_interactions(
    options: Any, dataset: Dataset | None = None
) -> tuple[RunData, dict[str, Any]]:
    """Interactions, rows numbered by place, and what reports say about them."""
    if dataset is None:
        dataset = load_dataset(options.data, options)
    elif missing := _left_out(dataset, options):
        raise InputError(
            f"{dataset.name} was read without its {missing}, and {options.model} learns from all; "
            "read it again with min_rating=0"
        )
    task = registry.task_of(options)
    dataset = task.prepare(dataset, options)
    assert dataset is not None, "read above"
    parts = load_split(dataset, options)
    refits = phases.measured(options, parts) is phases.REFIT
    about = {
        "name": dataset.name,
        "fingerprint": fingerprint(dataset.interactions),
        "counts": dataset.counts,
        "reading": [
            *reading_lines(dataset),
            *(label_lines(dataset, parts) if task.labels else []),
            split_line(dataset, parts, options),
            *given_lines(dataset, parts),
            *tie_lines(dataset, parts),
        ],
        "train": len(parts.train),
        "valid": len(parts.valid),
        "test": len(parts.test),
        "split": parts.method,
        "repeats": "kept" if dataset.repeats else "dropped",
        "leaks": [dataclasses.asdict(finding) for finding in check(parts, refits)],
    }
    if dataset.interactions.time is None and by_time(options):
        hint = " (--time-column names one)" if takes_columns(options.data) else ""
        log.say(f"no times are known: the order in the file stands for time{hint}")
    negatives = None
    if task.labels:
        parts, negatives = by_label(parts)
    users, items = rows_of_run(dataset.interactions, parts)
    by_row = renumbered(parts, users, items)
    if negatives is not None:
        negatives = renumbered(negatives, users, items)
    titles = None if dataset.titles is None else dataset.titles.gather(items)
    ids = dataset.user_ids.gather(users), dataset.item_ids.gather(items)
    knowledge = load_knowledge(options, ids[1])
    if knowledge is not None:
        log.say(read_facts(knowledge, len(items)))
        findings = check_facts(by_row, ids[0], knowledge)
        about["leaks"] += [dataclasses.asdict(finding) for finding in findings]
        told = {"name": knowledge.graph.name, "facts": len(knowledge.graph.triples)}
        about["knowledge"] = told | knowledge.graph.counts
    low = dataset.low_rated
    low_rated = None if low is None else renumber(low, users, items)
    learned = [] if negatives is None else [negatives.train, negatives.valid]
    about["slices"] = digest(*map(_columns, (by_row.train, by_row.valid, low_rated, *learned)))
    hides = options.low_rated == "hide"
    relations = load_relations(options, dataset, {"user": users, "item": items})
    pairs = load_item_pairs(options, dataset, items)
    relations |= {} if pairs is None else {PAIRS: pairs}
    if relations:
        about["relations"] = relation_file.about(relations)
        held = [check_held_links(*each) for each in relations.items()]
        about["leaks"] += [dataclasses.asdict(one) for found in held for one in found]
    shown = by_row.train if negatives is None else join_labels(by_row, negatives).train
    features, told = load_item_features(options, dataset, items, shown)
    about |= {"features": told} if told else {}
    if titles is None and features is not None and "title" in features.frame.columns:
        titles = named_by(features.frame["title"], ids[1])
    beside = low_rated, hides, knowledge, relations, negatives, features
    data = RunData(by_row, *ids, titles, dataset.repeats, *beside)
    if pairs is not None:
        about["reading"].append(NOT_SPLIT.format(pairs.origin))
        about["leaks"] += [dataclasses.asdict(check_item_pairs(options, data, pairs))]
    return data, about


def _left_out(dataset: Dataset, options: RunOptions) -> str:
    """What a data set in memory lacks of what the task learns from; empty if nothing."""
    task = registry.task_of(options)
    if task.rates and dataset.low_rated is not None:
        return "ratings below min_rating"
    n_zero = dataset.counts.get("label_zero", 0)
    return f"{n_zero:,} labels of 0" if task.labels and n_zero else ""


def _columns(part: Interactions | None) -> list[Any]:
    return [] if part is None else [part.user, part.item, part.rating, part.time]


def rows_of_run(
    interactions: Interactions, parts: Split
) -> tuple[Int[np.ndarray, "U"], Int[np.ndarray, "I"]]:
    """The rows that a run gives to users and items, as old rows in their new order.

    By place, from an order that knows no ids: what a run draws, learns and lists is the same
    whatever users and items are called.
    """
    users, items = by_appearance(interactions)
    by_user, by_item = locality_order(renumber(parts.train, users, items))
    return users[by_user], items[by_item]
