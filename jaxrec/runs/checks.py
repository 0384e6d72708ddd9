"""What options must hold, before any data are read."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError, Model
from jaxrec.data import (
    Interactions,
    KnowledgeGraph,
    Linked,
    NodeGraph,
    NodeLabels,
    Relation,
    Triples,
)
from jaxrec.runs import log
from jaxrec.runs.federated_options import check_federated
from jaxrec.runs.fit.assemble import build_graph, build_model
from jaxrec.runs.fit.devices import build_mesh, check_formulation
from jaxrec.runs.model_options import arguments, options_of
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.runs.unread import unread
from jaxrec.tasks import Data, NodeData

AnyOptions = TypeVar("AnyOptions", bound=RunOptions)
NAMES = pl.Series(["a", "b"])


def check_ks(ks: Sequence[int]) -> None:
    """Refuses list lengths below 1, or none.

    Raises:
      InputError: names the lengths.
    """
    if not ks or min(ks) < 1:
        raise InputError(f"--k is {ks}; give one or more numbers of 1 or more")


def with_lengths(options: AnyOptions, n_candidates: int | None = None) -> AnyOptions:
    """Options whose ``k`` and ``select`` fit each other and the data, where they are defaults.

    A default ``k`` is cut to the number of candidates, and a default ``select`` is at the longest
    of ``k``; what a caller has chosen stays.
    """
    usual = {each.name: each.default for each in dataclasses.fields(options)}
    ks, select = options.k, options.select
    if n_candidates is not None and ks == usual["k"] and max(ks) > n_candidates > 0:
        ks = tuple(sorted({min(k, n_candidates) for k in ks}))
        log.say(f"--k is {' '.join(map(str, ks))}: there are no more to choose from")
    name, at, length = select.partition("@")
    if ks and at and select == usual["select"] and length not in map(str, ks):
        select = f"{name}@{max(ks)}"
    return dataclasses.replace(options, k=ks, select=select)


def check_lengths(options: RunOptions, data: Data) -> None:
    """Refuses lists that are longer than what there is to choose from.

    Raises:
      InputError: names both.
    """
    if "@" in options.select and max(options.k) > data.n_candidates:
        raise InputError(
            f"--k is {max(options.k)} but there are {data.n_candidates} {data.CANDIDATES}; "
            f"lower --k and name one of its lengths in --select (now {options.select})"
        )


def check_test_users(n: int | None) -> None:
    """Refuses samples of less than one user.

    Raises:
      InputError: names the number.
    """
    if n is not None and n < 1:
        raise InputError(f"--test-users is {n}; give 1 or more, or leave it out to measure all")


def check_options(options: RunOptions) -> None:
    """Refuses options out of range, before any data are read.

    Raises:
      InputError: names the option, its value and its range.
    """
    _smallest(options)
    check_ks(options.k)
    check_test_users(options.test_users)
    if not 0 < options.test_fraction < 1:
        raise InputError(
            f"--test-fraction is {options.test_fraction}; give a number between 0 and 1, such as "
            "0.2 (to learn from the test slice, too, once it has measured the model: --fit-all)"
        )
    for name in ("seed", "split_seed"):
        if not 0 <= getattr(options, name) < 2**31:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give 0 to {2**31 - 1}")
    known = registry.task_of(options).metrics(options)
    if options.select not in known:
        raise InputError(f"--select is {options.select}; choose one of {', '.join(known)}")
    for name, needs in unread(options).items():
        flag, value = "--" + name.replace("_", "-"), getattr(options, name)
        given = " ".join(map(str, value)) if isinstance(value, tuple) else value
        raise InputError(f"{flag} is {given}, but only {needs} reads it; leave {flag} out")
    if isinstance(options, TrainOptions):
        _check_training(options)


def _check_training(options: TrainOptions) -> None:
    mesh, entry = build_mesh(options), registry.entry(options.model)
    if entry.propagates:
        check_formulation(options, mesh)
    if mesh is not None and mesh.shape["rows"] > 1 and not entry.by_rows:
        split = ", ".join(name for name, other in registry.MODELS.items() if other.by_rows)
        raise InputError(
            f"--devices splits the rows of {options.model}, which it does not allow ({split} do); "
            "give one number, for columns, or 1 in the middle"
        )
    task = registry.task_of(options)
    reads_more = (
        {"facts", "nodes"} & set(entry.reads) or entry.links or entry.on_batches is not None
    )
    if mesh is not None and (reads_more or task.rates or task.labels or task.shape):
        raise InputError(
            f"--devices is {options.devices}, and {options.model} runs on one device; leave it out"
        )
    for name in ("epochs", "steps", "validate_every", "patience"):
        value = getattr(options, name)
        if value is not None and value < 1:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {value}; give 1 or more")
    task.check(options, entry.reads)
    if options.start_from is not None and getattr(options, "start", "normal") == "spectral":
        raise InputError(
            f"--start spectral and --start-from {options.start_from} both say where vectors begin; "
            "leave one out"
        )
    if entry.on_clients is not None:
        check_federated(options)
    if entry.terms is not None:
        entry.terms(**arguments(options, entry.terms))
    if not 0 < options.learning_rate < math.inf or not 0 <= options.l2 < math.inf:
        raise InputError(
            f"--learning-rate is {options.learning_rate} and --l2 {options.l2}; "
            "the first must be a number above 0, the second one of 0 or more"
        )


def models_that_fold_in() -> list[str]:
    """Models that recommend to a new user without training."""
    smallest = {name: _smallest(options_of(name)) for name in registry.MODELS}
    return [name for name, model in smallest.items() if model.fold_in is not None]


def _smallest(options: RunOptions) -> Model:
    """The model of one user and two items: refuses what its factory and its graph refuse."""
    one, two = np.zeros(1, np.int32), np.arange(2, dtype=np.int32)
    if registry.task_of(options).data is NodeData:
        nodes = NodeLabels(two, two, NodeGraph(two, two[::-1], 2, None), 2)
        return build_model(options, 2, 2, build_graph(options, nodes))
    fact = KnowledgeGraph("", Triples(one, one, one, 2, 1), NAMES, NAMES[:1], None, {})
    pair = Interactions(0 * two, two, 1, 2, rating=np.ones(2, np.float32))
    links = {
        link.name: Relation(link.source, link.target, one, one, 1, 1, link.directed)
        for link in registry.entry(options.model).links
    }
    graph = build_graph(options, pair, knowledge=Linked(fact, two), relations=links)
    return build_model(options, 1, 2, graph)
