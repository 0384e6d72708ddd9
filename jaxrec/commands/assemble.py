"""From options to the pieces of a run: model, graph, training step, epoch."""

import dataclasses
import difflib
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import optax
from jax.sharding import Mesh

from jaxrec.base import InputError, Model
from jaxrec.commands.config import TrainOptions
from jaxrec.commands.devices import build_mesh, check_formulation
from jaxrec.data import Interactions
from jaxrec.evaluate import METRICS
from jaxrec.graph import Csr, bipartite, user_items
from jaxrec.losses import binary, bpr
from jaxrec.models import lightgcn, mf
from jaxrec.ops import prepare
from jaxrec.sampling import interaction_uniform, user_uniform
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

LOSSES = {"bpr": bpr, "binary": binary}
SAMPLERS = {"user": user_uniform, "interaction": interaction_uniform}


def _mf(options: TrainOptions, n_users: int, n_items: int) -> Model:
    return mf(n_users, n_items, options.dim, options.init_scale)


def _lightgcn(options: TrainOptions, n_users: int, n_items: int) -> Model:
    shape = (n_users, n_items, options.dim, options.layers)
    return lightgcn(*shape, options.alpha, options.init_scale, options.storage)


class Entry(NamedTuple):
    """A model that the command line offers, and whether it reads the user-item graph."""

    build: Callable[[TrainOptions, int, int], Model]
    reads_graph: bool


MODELS = {"lightgcn": Entry(_lightgcn, True), "mf": Entry(_mf, False)}


class Training(NamedTuple):
    """All that training runs on.

    Attributes:
      graph: what ``model.encode`` reads, on the device; None for a model without graph.
      likes: the training items of every user, on the host.
      mesh: the devices that share the work; None for one.
    """

    model: Model
    graph: Any
    likes: Csr
    step: Step
    n_steps: int
    mesh: Mesh | None


def build_model(options: TrainOptions, n_users: int, n_items: int) -> Model:
    """The model that ``options`` name.

    Raises:
      InputError: no model of that name, or options out of range.
    """
    if options.model not in MODELS:
        near = difflib.get_close_matches(options.model, MODELS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"no model is called {options.model!r}: {', '.join(MODELS)}{hint}")
    if options.dim < 1:
        raise InputError(f"--dim is {options.dim}; give 1 or more")
    return MODELS[options.model].build(options, n_users, n_items)


def check_ks(ks: Sequence[int]) -> None:
    """Refuses list lengths below 1, or none.

    Raises:
      InputError: names the lengths.
    """
    if not ks or min(ks) < 1:
        raise InputError(f"--k is {ks}; give one or more numbers of 1 or more")


def check_options(options: TrainOptions) -> None:
    """Refuses options out of range, before any data are read.

    Raises:
      InputError: names the option, its value and its range.
    """
    build_model(options, n_users=1, n_items=1)
    check_ks(options.k)
    mesh = build_mesh(options)
    if MODELS[options.model].reads_graph:
        check_formulation(options, mesh)
    for name in ("seed", "split_seed"):
        if not 0 <= getattr(options, name) < 2**31:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give 0 to {2**31 - 1}")
    if not 0 < options.init_scale < math.inf:
        raise InputError(f"--init-scale is {options.init_scale}; give a number above 0")
    known = [f"{name}@{k}" for k in options.k for name in METRICS]
    if options.select not in known:
        raise InputError(f"--select is {options.select}; choose one of {', '.join(known)}")
    for name in ("epochs", "steps", "validate_every", "patience", "negatives"):
        value = getattr(options, name)
        if value is not None and value < 1:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {value}; give 1 or more")
    if not options.learning_rate > 0 or not options.l2 >= 0:
        raise InputError(
            f"--learning-rate is {options.learning_rate} and --l2 {options.l2}; "
            "the first must be above 0, the second 0 or more"
        )


def build_graph(options: TrainOptions, train: Interactions, mesh: Mesh | None = None) -> Any:
    """The graph that the model reads, in the chosen formulation; None if it reads none.

    On a mesh it has as many nodes as the tables there have rows.
    """
    if not MODELS[options.model].reads_graph:
        return None
    n_users, n_items = rounded(train.n_users, mesh), rounded(train.n_items, mesh)
    graph = bipartite(dataclasses.replace(train, n_users=n_users, n_items=n_items))
    return prepare(graph, options.propagation, n_users=n_users, dim=options.dim, mesh=mesh)


def build_training(options: TrainOptions, train: Interactions) -> Training:
    """Everything that is needed to run epochs.

    Raises:
      InputError: fewer interactions than a batch, or options out of range.
    """
    model = build_model(options, train.n_users, train.n_items)
    if not 1 <= options.batch_size <= len(train):
        raise InputError(
            f"--batch-size is {options.batch_size} but there are {len(train)} training "
            f"interactions; give 1 to {len(train)}"
        )
    loss_fn = objective(
        model, rank=(1.0, rank(model, LOSSES[options.loss])), l2=(options.l2, l2_rows)
    )
    pieces = step(loss_fn, optax.adam(options.learning_rate))
    n_steps = options.steps or -(-len(train) // options.batch_size)
    mesh = build_mesh(options)
    graph = build_graph(options, train, mesh)
    return Training(model, graph, user_items(train), pieces, n_steps, mesh)


def build_epoch(
    options: TrainOptions,
    training: Training,
    n_items: int,
    report: Callable[[Any, Any], None] | None,
):
    """The jitted epoch ``(state, graph, likes) -> (state, metrics)``."""
    shape = {"batch_size": options.batch_size, "n_negatives": options.negatives}
    sample = partial(SAMPLERS[options.sampler], n_items=n_items, **shape)
    mesh = training.mesh
    step = training.step if mesh is None else on_mesh(training.step, mesh)
    return epoch(step, sample, training.n_steps, report)


def first_progress(training: Training, seed: int) -> Progress:
    """Progress before the first epoch, a function of the seed alone."""
    key_params, key_train = jax.random.split(jax.random.key(seed))
    return begin(training.step.init(training.model.init(key_params), key_train))
