"""From options to a data set, and to the slices and ids of a run."""

import dataclasses
import math
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import (
    GRAPHS,
    TAKEN,
    Columns,
    Dataset,
    Interactions,
    KnowledgeGraph,
    Linked,
    Split,
    by_label,
    check,
    check_facts,
    concatenate,
    entities_by_appearance,
    fingerprint,
    has_labels,
    link,
    load,
    load_graph,
    load_links,
    split,
    takes_columns,
    with_negatives,
)
from jaxrec.graph import by_appearance, by_place, ratings, renumber
from jaxrec.runs import log
from jaxrec.runs.digest import digest
from jaxrec.runs.item_features import load_item_features
from jaxrec.runs.load_facts import load_facts
from jaxrec.runs.options import RunOptions
from jaxrec.runs.reading_report import reading_lines
from jaxrec.runs.relations import load_relations
from jaxrec.runs.store import relation_file
from jaxrec.tasks import Data, LinkData, RunData

Given = Dataset | KnowledgeGraph | None
"""What was read before a run; None where its options say what to read."""


def load_dataset(source: str, options: Any) -> Dataset:
    """Reads ``source`` as ``options`` say; with all ratings or labels that the task learns from."""
    columns = Columns(
        user=options.user_column,
        item=options.item_column,
        rating=options.rating_column,
        time=options.time_column,
        title=options.title_column,
    )
    task = registry.task_of(options)
    keeps_all = task.rates and options.min_rating is None
    return load(
        source,
        data_dir=options.data_dir,
        columns=columns,
        header=options.header,
        min_rating=-math.inf if keeps_all else options.min_rating,
        keep_labels=task.labels,
        k_core=options.k_core,
        repeats=options.repeats,
    )


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


def split_line(dataset: Dataset, parts: Split, options: RunOptions) -> str:
    """Which slice is the test, and why where ``options`` leave that open."""
    share, time = f"{100 * options.test_fraction:g} %", dataset.interactions.time is not None
    order = "by time" if time else "by place in the file"
    what = {
        "given": "the data's own",
        "random": f"a random {share} of each user's interactions",
        "rows": f"a random {share} of all interactions",
        "users": f"{share} of users, {'the last by time' if time else 'drawn at random'}",
        "latest": f"each user's latest {share}, {order}",
        "leave_one_out": f"each user's last interaction, {order}",
        "time": f"the newest {share} of all interactions",
    }[parts.method]
    column = "; --time-column names their column" if takes_columns(options.data) else ""
    why = {
        "given": " (--split random draws another)",
        "random": f" (no times are known{column})",
        "latest": " (times are known; --split random ignores them)",
    }
    drawn = {"random", "rows"} & {parts.method, options.valid} or parts.method == "given"
    drawn = drawn or registry.task_of(options).labels
    idle = "; --split-seed changes nothing" if options.split_seed and not drawn else ""
    return f"split: {what}{why.get(parts.method, '') if options.split == 'auto' else ''}{idle}"


def _label_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line on how many rows have which label, and where those of 0 come from."""
    label = ratings(concatenate(parts.train, parts.valid, parts.test)).rating
    n_positive, n_negative = int(np.sum(label == 1)), int(np.sum(label == 0))
    if has_labels(dataset.interactions):
        return [f"labels: {n_positive:,} of 1 and {n_negative:,} of 0"]
    return [
        f"labels: all {n_positive:,} interactions are of label 1; of label 0 are {n_negative:,} "
        "pairs of users with other items, drawn once by --split-seed"
    ]


def _given_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line where the data have a validation slice of their own, which options do not cut."""
    if parts.method != "given" or dataset.given is None or not np.any(dataset.given == 1):
        return []
    own = f"the data's own {int(np.sum(dataset.given == 1)):,} pairs"
    if not len(parts.valid):
        return [f"validation: none; {own} are learned from (--valid-fraction 0)"]
    return [f"validation: {own}; --valid and --valid-fraction above 0 change nothing"]


def _by_time(options: RunOptions) -> bool:
    """Whether something goes by who came last."""
    latest = {options.split, options.valid} & {"latest", "leave_one_out"}
    return bool(latest) or getattr(options, "recency", None) is not None


def _tie_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line on users whose list is cut between equal times, of whole seconds."""
    test, before = parts.test, [part for part in (parts.train, parts.valid) if len(part)]
    if parts.method not in ("latest", "leave_one_out") or test.time is None:
        return []
    oldest = np.full(test.n_users, np.iinfo(np.int64).max)
    np.minimum.at(oldest, test.user, test.time)
    newest = np.full(test.n_users, np.iinfo(np.int64).min)
    for part in before:
        assert part.time is not None
        np.maximum.at(newest, part.user, part.time)
    tied = int(np.sum(oldest == newest))
    if not tied:
        return []
    when = "at equal times: the order in the file decides"
    if dataset.reading is not None and dataset.reading.fractions:
        when = "in one second: its fractions decide, or else the order in the file"
    return [f"{tied:,} users have their first test item and their last one before it {when}"]


def load_knowledge(options: Any, item_ids: pl.Series) -> Linked | None:
    """What the model is to know of the items with these ids; None for one that reads nothing.

    Of a known graph it is all but the data set's own interactions.

    Raises:
      InputError: a model that must know something and is told of nothing, or files that are wrong.
    """
    if not registry.entry(options.model).knows:
        return None
    source = str(options.kg or options.data)
    if options.kg is None and source not in GRAPHS:
        raise InputError(
            f"{options.model} reads what is known of items; give --kg FILE, triples head, relation "
            f"and tail, or one of {', '.join(GRAPHS)}"
        )
    graph = load_graph(source, data_dir=options.data_dir, without=TAKEN.get(source, ()))
    if options.links is not None:
        links = load_links(options.links, options.data_dir)
    else:
        links = load_links(source, options.data_dir) if source in GRAPHS else None
    return entities_by_appearance(link(graph, item_ids, links))


def renumbered(parts: Split, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]) -> Split:
    """The parts by the rows that a run gives to users and items."""
    train, valid, test = (
        renumber(part, users, items) for part in (parts.train, parts.valid, parts.test)
    )
    return Split(train, valid, test, parts.method)


def read_facts(knowledge: Linked, n_items: int) -> str:
    """A line about what a file of facts held."""
    graph, count = knowledge.graph, knowledge.graph.counts
    parts = [
        f"{graph.name}: {len(graph.triples):,} facts by {graph.triples.n_relations:,} relations"
    ]
    for name, what in (
        ("duplicate_rows", "repeated and dropped"),
        ("self", "of an entity with itself"),
    ):
        if count.get(name):
            parts.append(f"{count[name]:,} {what}")
    unknown = count["items_without_entity"]
    told = f"{unknown:,} of {n_items:,} items are in none" if unknown else "every item is in some"
    return ", ".join([*parts, told])


def load_run(options: Any, given: Given = None) -> tuple[Data, dict[str, Any]]:
    """The data of a new run, and what reports say about them.

    Args:
      given: what was read already, in place of ``options.data``.
    """
    if registry.task_of(options).data is LinkData:
        return load_facts(options, given)
    assert not isinstance(given, KnowledgeGraph), "``runs.run.fit`` refuses it"
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
    parts = load_split(dataset, options)
    about = {
        "name": dataset.name,
        "fingerprint": fingerprint(dataset.interactions),
        "counts": dataset.counts,
        "reading": [
            *reading_lines(dataset),
            *(_label_lines(dataset, parts) if task.labels else []),
            split_line(dataset, parts, options),
            *_given_lines(dataset, parts),
            *_tie_lines(dataset, parts),
        ],
        "train": len(parts.train),
        "valid": len(parts.valid),
        "test": len(parts.test),
        "split": parts.method,
        "repeats": "kept" if dataset.repeats else "dropped",
        "leaks": [dataclasses.asdict(finding) for finding in check(parts)],
    }
    if dataset.interactions.time is None and _by_time(options):
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
    if relations:
        about["relations"] = relation_file.about(relations)
    features, told = load_item_features(options, dataset, items, by_row.train)
    about |= {"features": told} if told else {}
    beside = low_rated, hides, knowledge, relations, negatives, features
    return RunData(by_row, *ids, titles, dataset.repeats, *beside), about


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
    by_user, by_item = by_place(renumber(parts.train, users, items))
    return users[by_user], items[by_item]
