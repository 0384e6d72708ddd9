"""Options that nothing reads, beside what else was chosen: set, they would change nothing."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxrec.registry import task_of
from jaxrec.runs.federated_options import mechanism_of


class Reader(NamedTuple):
    """Who reads an option.

    Attributes:
      needs: as the person has to choose it.
      reads: ``(options) -> bool``.
    """

    needs: str
    reads: Callable[[Any], bool]


OF_TABLES = ("pool", "lstm")
"""Aggregators that read a table of neighbors in place of a matrix."""

READERS = {
    "k": Reader(
        "a task that measures lists",
        lambda options: any("@" in name for name in task_of(options).metrics(options)),
    ),
    "negatives": Reader(
        "--candidates uniform, popularity, band or shared",
        lambda options: options.candidates not in ("in_batch", "all"),
    ),
    "margin": Reader("--loss max_margin", lambda options: options.loss == "max_margin"),
    "log_q": Reader(
        "--loss softmax with --candidates other than all",
        lambda options: options.loss == "softmax" and options.candidates != "all",
    ),
    "popularity_power": Reader(
        "--candidates popularity", lambda options: options.candidates == "popularity"
    ),
    "band": Reader("--candidates band", lambda options: options.candidates == "band"),
    "hard_ranks": Reader("--hard-negatives above 0", lambda options: options.hard_negatives > 0),
    "curriculum": Reader("--candidates band", lambda options: options.candidates == "band"),
    "width": Reader(
        "--aggregator pool or lstm",
        lambda options: (
            not options.model.startswith("graphsage") or options.aggregator in OF_TABLES
        ),
    ),
    "start_tables": Reader("--start-from", lambda options: options.start_from is not None),
    "cutoff": Reader("--similarity distance", lambda options: options.similarity == "distance"),
    "propagation": Reader(
        "--aggregator mean or gcn (graphsage), or --n-neighbors 0 (filter_r)",
        lambda options: (
            getattr(options, "aggregator", None) not in OF_TABLES
            and not (options.model == "filter_r" and options.n_neighbors)
        ),
    ),
}


SELF_ADVERSARIAL = Reader(
    "--loss self_adversarial", lambda options: options.loss == "self_adversarial"
)
SHARED = Reader(
    "--candidates shared", lambda options: getattr(options, "candidates", "shared") == "shared"
)
OF_LINKS = {
    "margin": SELF_ADVERSARIAL,
    "adversarial_temperature": SELF_ADVERSARIAL,
    "negatives": SHARED,
    "steps": SHARED,
}
"""Of models of facts, which have options of these names."""


ROUNDS = Reader("--rounds above 0", lambda options: options.rounds > 0)
AT_ONCE = Reader("--rounds 0", lambda options: options.rounds == 0)
IN_ROUNDS = dict.fromkeys(
    ("epochs", "steps", "batch_size", "learning_rate", "schedule", "l2"), AT_ONCE
)
IN_ROUNDS |= dict.fromkeys(
    ("clients_per_round", "pseudo_items", "mechanism", "clip", "one_draw", "epsilon"), ROUNDS
)
IN_ROUNDS |= dict.fromkeys(("server_learning_rate", "weight_decay", "item_mean"), ROUNDS)
IN_ROUNDS |= {
    "noise": Reader(
        "--rounds with --mechanism other than none, and without --epsilon,",
        lambda options: (
            options.rounds > 0 and options.epsilon is None and options.mechanism != "none"
        ),
    ),
    "delta": Reader(
        "--rounds with --mechanism gaussian",
        lambda options: options.rounds > 0 and mechanism_of(options) == "gaussian",
    ),
}
"""Of models that clients can train."""


def unread(options: Any) -> dict[str, str]:
    """Options that are not as by default and not read, each with what it needs to be."""
    readers = READERS | (OF_LINKS if options.task == "links" else {})
    readers |= IN_ROUNDS if hasattr(options, "rounds") else {}
    return {
        field.name: readers[field.name].needs
        for field in dataclasses.fields(options)
        if field.name in readers
        and getattr(options, field.name) != field.default
        and not readers[field.name].reads(options)
    }


def without_unread(options: Any) -> Any:
    """The same run, said in fewer words."""
    idle = unread(options)
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    return dataclasses.replace(options, **{name: defaults[name] for name in idle})
