"""From options to the pieces of a run: model, graph, training step, epoch."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import optax
from jax.sharding import Mesh

from jaxrec.base import InputError, Model
from jaxrec.commands import candidates, catalogue
from jaxrec.commands.config import RunOptions, TrainOptions
from jaxrec.commands.devices import build_mesh, to_devices
from jaxrec.commands.options import arguments
from jaxrec.data import Interactions, Linked
from jaxrec.graph import Csr, bipartite, user_items
from jaxrec.models import spectral_start
from jaxrec.ops import cosine, prepare
from jaxrec.train import (
    Progress,
    Step,
    begin,
    epoch,
    l2_rows,
    objective,
    on_mesh,
    rank,
    rounded,
    step,
)

WIDE = 1024
"""Columns that a model without vectors propagates at a time: those of a block of users."""


class Training(NamedTuple):
    """All that training runs on.

    Attributes:
      graph: what ``model.encode`` reads, on the device; None for a model without graph.
      likes: the training items of every user, on the host.
      tables: what batches are drawn from, the likes among it; None where nothing is trained.
      mesh: the devices that share the work; None for one.
    """

    model: Model
    graph: Any
    likes: Csr
    tables: Any
    step: Step
    n_steps: int
    mesh: Mesh | None


def build_model(options: RunOptions, n_users: int, n_items: int, graph: Any = None) -> Model:
    """The model that ``options`` name.

    Args:
      graph: what it reads, for a model that does so in ``init``.

    Raises:
      InputError: no model of that name, or options out of range.
    """
    factory = catalogue.entry(options.model).factory
    own = arguments(options, factory)
    if own.get("dim", 1) < 1:
        raise InputError(f"--dim is {own['dim']}; give 1 or more")
    if not 0 < own.get("init_scale", 1) < math.inf:
        raise InputError(f"--init-scale is {own['init_scale']}; give a number above 0")
    read = (graph,) if "graph" in inspect.signature(factory).parameters else ()
    model = factory(*read, n_users, n_items, **own)
    temperature = getattr(options, "temperature", None)
    return model if temperature is None else model._replace(score=cosine(temperature))


def build_graph(
    options: Any,
    train: Interactions,
    mesh: Mesh | None = None,
    knowledge: Linked | None = None,
) -> Any:
    """The graph that the model reads, in the chosen formulation; None if it reads none.

    On a mesh it has as many nodes as the tables there have rows.

    Args:
      knowledge: what is known of the items, for a model that reads it.

    Raises:
      InputError: options out of range.
    """
    entry = catalogue.entry(options.model)
    if entry.graph is None:
        return None
    own = arguments(options, entry.graph)
    if entry.knows:
        own["knowledge"] = knowledge
    if not entry.propagates:
        return to_devices(entry.graph(train, **own), mesh)
    n_users, n_items = rounded(train.n_users, mesh), rounded(train.n_items, mesh)
    train = dataclasses.replace(train, n_users=n_users, n_items=n_items)
    settings = {"dim": getattr(options, "dim", WIDE), "mesh": mesh}
    place = partial(prepare, formulation=options.propagation, **settings)
    return entry.graph(train, place, **own)


def build_training(
    options: RunOptions,
    train: Interactions,
    graph_of: Callable[..., Any] = build_graph,
    knowledge: Linked | None = None,
) -> Training:
    """Everything that is needed to run epochs; no steps where nothing is trained.

    Args:
      graph_of: ``(options, train, mesh, knowledge) -> graph``; may know it from before.
      knowledge: what is known of the items, for a model that reads it.

    Raises:
      InputError: fewer interactions than a batch, or options out of range.
    """
    trained = isinstance(options, TrainOptions)
    if trained and not 1 <= options.batch_size <= len(train):
        raise InputError(
            f"--batch-size is {options.batch_size} but there are {len(train)} training "
            f"interactions; give 1 to {len(train)}"
        )
    mesh = build_mesh(options) if trained else None
    graph = graph_of(options, train, mesh, knowledge)
    model = build_model(options, train.n_users, train.n_items, graph)
    if getattr(options, "start", "normal") == "spectral":
        model = _from_spectrum(options, model, train)
    likes = user_items(train)
    if not trained:
        untrained = step(objective(model), optax.identity())
        return Training(model, graph, likes, None, untrained, 0, None)
    terms = {"rank": (1.0, rank(model, candidates.loss(options))), "l2": (options.l2, l2_rows)}
    entry = catalogue.entry(options.model)
    terms |= entry.terms(**arguments(options, entry.terms)) if entry.terms else {}
    loss_fn = objective(model, **terms)
    n_steps = options.steps or -(-len(train) // options.batch_size)
    pieces = step(loss_fn, optax.adam(_learning_rate(options, n_steps)))
    tables = candidates.tables(options, likes, train.n_items)
    return Training(model, graph, likes, tables, pieces, n_steps, mesh)


def _learning_rate(options: TrainOptions, n_steps: int) -> float | optax.Schedule:
    if options.schedule == "constant":
        return options.learning_rate
    return optax.cosine_decay_schedule(options.learning_rate, options.epochs * n_steps)


def _from_spectrum(options: Any, model: Model, train: Interactions) -> Model:
    symmetric = prepare(bipartite(train), n_users=train.n_users, dim=options.dim)
    shape = train.n_users, train.n_items, options.dim
    return spectral_start(model, symmetric, *shape, scale=options.init_scale)


def build_epoch(
    options: TrainOptions,
    training: Training,
    n_items: int,
    report: Callable[[Any, Any], None] | None,
):
    """The jitted epoch ``(state, graph, tables) -> (state, metrics)``."""
    sample = candidates.sampler(options, n_items)
    mesh = training.mesh
    step = training.step if mesh is None else on_mesh(training.step, mesh)
    return epoch(step, sample, training.n_steps, report)


def first_progress(training: Training, seed: int) -> Progress:
    """Progress before the first epoch, a function of the seed alone."""
    key_params, key_train = jax.random.split(jax.random.key(seed))
    return begin(training.step.init(training.model.init(key_params), key_train))
