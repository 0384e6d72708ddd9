"""From options to training: the step, what its batches are drawn from, the epoch."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import optax
from jax.sharding import Mesh

from jaxrec import registry
from jaxrec.base import Batch, InputError, Loss, LossFn, Model, Term
from jaxrec.data import (
    Interactions,
    ItemFeatures,
    Linked,
    Relation,
    concatenate,
)
from jaxrec.graph import bipartite
from jaxrec.models import spectral_start
from jaxrec.ops import prepare
from jaxrec.registry.social_graphs import SOCIAL
from jaxrec.runs import log
from jaxrec.runs.costs.memory import check_memory
from jaxrec.runs.fit.assemble import build_graph, build_model
from jaxrec.runs.fit.devices import build_mesh
from jaxrec.runs.fit.federated import rounds_of
from jaxrec.runs.item_pairs import PAIRS
from jaxrec.runs.model_options import arguments
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.tasks import Batches, Examples
from jaxrec.train import (
    Progress,
    Step,
    TrainState,
    begin,
    epoch,
    l2_rows,
    objective,
    on_mesh,
    rank,
    shuffled_epoch,
    step,
)


class Training(NamedTuple):
    """All that training runs on.

    Attributes:
      graph: what ``model.encode`` reads, on the device; None for a model without graph.
      batches: what it learns from; None where nothing is trained.
      mesh: the devices that share the work; None for one.
    """

    model: Model
    graph: Any
    batches: Batches | None
    step: Step
    n_steps: int
    mesh: Mesh | None

    @property
    def tables(self) -> Any:
        """What batches are drawn from, on the host."""
        assert self.batches is not None, "nothing is trained"
        return self.batches.tables


def say_rank(options: RunOptions, train: Examples) -> None:
    """Says that ``--rank`` is more than the data have, if it is."""
    rank, most = getattr(options, "rank", None) or 0, min(train.sizes)
    if rank > most:
        log.say(f"--rank {rank} is more than the data have; {most} is all of them")


def build_training(
    options: RunOptions,
    train: Examples,
    graph_of: Callable[..., Any] = build_graph,
    knowledge: Linked | None = None,
    relations: Mapping[str, Relation] | None = None,
    negatives: Interactions | None = None,
    features: ItemFeatures | None = None,
) -> Training:
    """Everything that is needed to run epochs; no steps where nothing is trained.

    Args:
      graph_of: ``build_graph``, or what knows the graph from before.
      knowledge: what is known of the items, for a model that reads it.
      relations: links of users and items, for a model that reads them.
      negatives: training pairs of label 0, of a task with labels.
      features: what is known of items, for a model that reads it.

    Raises:
      InputError: options out of range.
    """
    check_memory(options, *train.sizes)
    if negatives is None:
        rows = train
    else:
        assert isinstance(train, Interactions), "facts have no labels"
        rows = concatenate(train, negatives)
    mesh = None
    if isinstance(options, TrainOptions):
        if options.batch_size < 1:
            raise InputError(f"--batch-size is {options.batch_size}; give 1 or more")
        size = min(options.batch_size, len(rows))
        options = dataclasses.replace(options, batch_size=size)
        mesh = build_mesh(options)
    beside = {"relations": relations, "negatives": negatives, "features": features}
    graph = graph_of(options, train, mesh, knowledge, **beside)
    model = build_model(options, *train.sizes, graph)
    if getattr(options, "start", "normal") == "spectral":
        assert isinstance(train, Interactions), "an option of rankings"
        model = _from_spectrum(options, model, train)
    if not isinstance(options, TrainOptions):
        untrained = step(objective(model), optax.identity())
        return Training(model, graph, None, untrained, 0, None)
    learner = build_model(options, *train.sizes, graph, learns=True)
    if getattr(options, "rounds", 0):
        assert isinstance(train, Interactions), "clients have ratings"
        social = (relations or {}).get(SOCIAL)
        batches, rounds = rounds_of(options, train, learner, social)
        return Training(model, graph, batches, rounds, 1, None)
    terms = {"l2": (options.l2, l2_rows)}
    entry = registry.entry(options.model)
    terms |= entry.terms(**arguments(options, entry.terms)) if entry.terms else {}
    task, pairs = registry.task_of(options), (relations or {}).get(PAIRS)
    if pairs is None or task.batches_of_pairs is None:
        batches = task.batches(options, rows)
    else:
        batches = task.batches_of_pairs(options, rows, pairs)
    n_steps = options.steps or -(-batches.n_examples // options.batch_size)
    decay_steps = None if options.schedule == "constant" else options.epochs * n_steps
    on_batches = entry.on_batches and entry.on_batches(**arguments(options, entry.on_batches))
    how = batches.optimizer or entry.optimizer, options.learning_rate, decay_steps, on_batches
    pieces = _step(learner, batches.loss, *how, **terms)
    return Training(model, graph, batches, pieces, n_steps, mesh)


@lru_cache(maxsize=16, typed=True)
def _step(
    model: Model,
    loss: Loss | None,
    optimizer: Callable[[Any], optax.GradientTransformation],
    learning_rate: float,
    decay_steps: int | None,
    on_batches: Callable[[LossFn], LossFn] | None,
    **terms: tuple[float, Term],
) -> Step:
    """One step for equal arguments: what JAX compiled of it serves the next run, too."""
    rate = learning_rate
    if decay_steps is not None:
        rate = optax.cosine_decay_schedule(learning_rate, decay_steps)
    ranked = {} if loss is None else {"rank": (1.0, rank(model, loss))}
    loss_fn = objective(model, **ranked, **terms)
    return step(on_batches(loss_fn) if on_batches else loss_fn, optimizer(rate))


def _from_spectrum(options: Any, model: Model, train: Interactions) -> Model:
    symmetric = prepare(bipartite(train), n_users=train.n_users, dim=options.dim)
    shape = train.n_users, train.n_items, options.dim
    return spectral_start(model, symmetric, *shape, scale=options.init_scale)


def build_epoch(training: Training, report: Callable[[Any, Any], None] | None):
    """The jitted epoch ``(state, graph, tables) -> (state, metrics)``."""
    batches = training.batches
    assert batches is not None, "nothing is trained"
    how = training.n_steps, report, batches.by_epoch, batches.by_pass, batches.batch
    return _epoch(training.step, training.mesh, batches.sample, *how)


@lru_cache(maxsize=16, typed=True)
def _epoch(
    step: Step,
    mesh: Mesh | None,
    sample: Callable[..., Batch],
    n_steps: int,
    report: Callable[[Any, Any], None] | None,
    by_epoch: bool,
    by_pass: bool,
    batch: Callable[[Any, Any], Batch] | None,
):
    step = step if mesh is None else on_mesh(step, mesh)
    if by_pass:
        how = () if batch is None else (batch,)
        return shuffled_epoch(step, partial(sample, n_batches=n_steps), *how, report=report)
    if not by_epoch:
        return epoch(step, sample, n_steps, report)
    run = epoch(step, sample, n_steps, report, donate=False)

    def counted(state: TrainState, graph: Any, tables: Any):
        number = state.step // n_steps + 1
        return run(state, graph, tables._replace(epoch=number))

    return jax.jit(counted, donate_argnums=0)


def first_progress(training: Training, seed: int) -> Progress:
    """Progress before the first epoch, a function of the seed alone."""
    key_params, key_train = jax.random.split(jax.random.key(seed))
    return begin(training.step.init(training.model.init(key_params), key_train))
