"""What is asked of a model and how its answers are measured: the seam between models and runs."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import optax
import polars as pl
from jaxtyping import Float

from jaxrec.base import Batch, Loss, Model
from jaxrec.data import Interactions, NodeLabels, Relation, Triples
from jaxrec.data.split import Method
from jaxrec.evaluate import Measured
from jaxrec.rank import OnProgress
from jaxrec.tasks.link_data import LinkData
from jaxrec.tasks.node_data import NodeData
from jaxrec.tasks.run_data import RunData

Part = Literal["valid", "test"]
Verb = Literal["recommend", "similar", "explain", "predict", "complete"]
Data = RunData | LinkData | NodeData
"""What a run is trained on: interactions, facts, or labeled nodes."""
Examples = Interactions | Triples | NodeLabels
"""What a slice of such data holds."""
Values = Float[np.ndarray, "Q"]
"""A metric's value of each query."""


class Batches(NamedTuple):
    """What a model learns from.

    Attributes:
      tables: what batches are drawn from, on the host.
      sample: ``(key, tables) -> Batch``, or what else the step reads; jittable, and one function
        for equal options. With ``by_pass`` ``(key, tables, n_batches=...)``, all batches of an
        epoch along a first axis.
      loss: of the scores of a batch; None where the model's own terms are all that is learned.
      n_examples: what an epoch draws.
      by_epoch: whether ``tables`` have a field ``epoch``, to be set to the running one, from 1.
      by_pass: whether an epoch is a pass over the examples, each once, in place of draws.
      batch: ``(dealt, tables) -> Batch`` of what ``sample`` deals ``by_pass``, where all batches of
        an epoch would be large.
      optimizer: ``(learning rate) -> optax optimizer``, in place of the model's own.
    """

    tables: Any
    sample: Callable[..., Any]
    loss: Loss | None
    n_examples: int
    by_epoch: bool = False
    by_pass: bool = False
    batch: Callable[[Any, Any], Batch] | None = None
    optimizer: Callable[[Any], optax.GradientTransformation] | None = None


class Task(NamedTuple):
    """A kind of question: from a data set to batches, and from a trained model to numbers.

    ``options`` are those of a run, and have what the task and the model need among them.

    Attributes:
      name: as the registry and the report have it.
      options: dataclasses of what training may choose beside the options of every run.
      data_options: dataclasses of how the data are read, of models without training, too.
      prepare: ``(data set, options) -> data set`` that is split; of facts, of their graph.
      shape: ``model -> model``, of a task for which a model of users and items is built otherwise.
      select: the validation metric that chooses the epoch, where the caller names none.
      lower_is_better: metrics that are errors.
      split: how the test slice is taken where ``--split auto`` leaves it open and times are
        ``(known, unknown)``.
      verbs: what a run answers.
      rates: whether ratings are learned from; if not, low ones are dropped.
      metrics: ``(options) -> names`` of what can be selected by.
      shown: ``(options) -> names`` of the columns of the printed table.
      check: ``(options, reads)``: refuses options that do not go together, before any data are
        read; ``reads`` is what the model reads (``registry.Entry``).
      batches: ``(options, train) -> Batches`` from the training slice.
      batches_of_pairs: ``(options, train, pairs) -> Batches`` from those of ``--pairs`` in place of
        pairs of the training slice, of a task that has this option.
      question: ``(data, part, options) -> question``, all that the slice asks.
      sample: ``(question, n, seed) -> question`` of n random queries; of all where n is None.
      queries: ``(question, data) -> ids``, a row a query.
      measure: ``(model, reps, question, options, on_progress) -> Measured``.
      baselines: ``(question, options, on_progress) -> {name: Measured}``, what must be beaten.
      data: the kind of data of its runs.
      restated: a dataclass of options of every run that are said otherwise here.
      repeats: whether a pair counts more than once, where the caller does not say.
      labels: whether rows have labels, 1 and 0, which ``batches`` reads as their ratings; where
        data have none of 0, pairs are drawn.
      by_rows: ``(model, reps, histories) -> (model, reps)`` asked by rows of users, of a task whose
        queries are something else.
      by_items: ``(model, reps, n_items) -> (model, reps)`` asked by rows of items, of a task whose
        queries they are; others find similar items by the cosine of their vectors.
      advice: what to try where a baseline is better, around the model's name; None for rankings.
      prediction: ``scores -> values``, of a task that answers "predict".
      part: ``(metric, values, which) -> values`` of these queries alone, whose mean is the metric
        of them; None where values of queries do not tell it.
      counts: what a query is, in the plural.
      asked: ``(question) -> text``, how much is asked of whom, for the report.
    """

    name: str
    options: tuple[type, ...]
    select: str
    lower_is_better: frozenset[str]
    split: tuple[Method, Method]
    verbs: frozenset[Verb]
    rates: bool
    metrics: Callable[[Any], Sequence[str]]
    shown: Callable[[Any], Sequence[str]]
    check: Callable[[Any, Sequence[str]], None]
    batches: Callable[[Any, Any], Batches]
    question: Callable[[Any, Part, Any], Any]
    sample: Callable[[Any, int | None, int], Any]
    queries: Callable[[Any, Any], pl.DataFrame]
    measure: Callable[[Model, Any, Any, Any, OnProgress | None], Measured]
    baselines: Callable[[Any, Any, OnProgress | None], dict[str, Measured]]
    asked: Callable[[Any], str]
    counts: str
    data: type[Data] = RunData
    restated: type | None = None
    prediction: Callable[[Any], Any] = lambda scores: scores
    part: Callable[[str, Values, np.ndarray], Values | None] = lambda _, values, which: values[
        which
    ]
    advice: str | None = None
    batches_of_pairs: Callable[[Any, Any, Relation], Batches] | None = None
    repeats: Literal["drop", "keep"] = "drop"
    labels: bool = False
    data_options: tuple[type, ...] = ()
    prepare: Callable[[Any, Any], Any] = lambda dataset, options: dataset
    shape: Callable[[Model], Model] | None = None
    by_rows: Callable[[Model, Any, Any], tuple[Model, Any]] | None = None
    by_items: Callable[[Model, Any, int], tuple[Model, Any]] | None = None

    def better(self, metric: str) -> float:
        """1 where a larger value of ``metric`` is better, -1 where a smaller one is."""
        return -1.0 if metric in self.lower_is_better else 1.0
