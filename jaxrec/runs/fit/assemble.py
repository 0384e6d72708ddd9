"""From options to what a run computes: the model, and the graph that it reads."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from jax.sharding import Mesh

from jaxrec import registry
from jaxrec.base import Encode, InputError, Key, Model, Params
from jaxrec.data import Interactions, ItemFeatures, Linked, Relation
from jaxrec.graph import user_items
from jaxrec.models import WithShare, log_share, with_prior
from jaxrec.ops import cosine, prepare
from jaxrec.registry.source import Source
from jaxrec.runs.fit.devices import to_devices
from jaxrec.runs.model_options import arguments
from jaxrec.runs.options import RunOptions
from jaxrec.train import padded_rows

WIDE = 1024
"""Columns that a model without vectors propagates at a time: those of a block of users."""


def build_model(
    options: RunOptions, n_users: int, n_items: int, graph: Any = None, *, learns: bool = False
) -> Model:
    """The model that ``options`` name.

    Args:
      graph: what it reads, for a model that does so in ``init``.
      learns: it is what training sees: without ``--prior``, and of a graph what is learned on.

    Raises:
      InputError: no model of that name, or options out of range.
    """
    entry = registry.entry(options.model)
    factory = entry.factory
    own = arguments(options, factory)
    if own.get("dim", 1) < 1:
        raise InputError(f"--dim is {own['dim']}; give 1 or more")
    if not 0 < own.get("init_scale", 1) < math.inf:
        raise InputError(f"--init-scale is {own['init_scale']}; give a number above 0")
    inner = graph.inner if isinstance(graph, WithShare) else graph
    if entry.from_graph:
        model = factory(inner, n_users, n_items, **own)
    else:
        model = _model(factory, n_users, n_items, **own)
    if (shape := registry.task_of(options).shape) is not None:
        model = shape(model)
    temperature = getattr(options, "temperature", None)
    if learns and (learns_on := entry.learns_on):
        model = model._replace(encode=_over(learns_on, model.encode))
    if temperature is not None:
        model = model._replace(score=cosine(temperature))
    prior = getattr(options, "prior", 0.0)
    if not prior and not isinstance(graph, WithShare):
        return model
    if learns:  # What terms read are the model's own representations.
        return model._replace(encode=_over(lambda graph: graph.inner, model.encode))
    return with_prior(model, prior)


@lru_cache(maxsize=16, typed=True)
def _model(factory: Callable[..., Model], n_users: int, n_items: int, **own: Any) -> Model:
    """One model for equal options: what JAX compiled of its functions serves the next run, too."""
    return factory(n_users, n_items, **own)


def _over(of: Callable[[Any], Any], encode: Encode) -> Encode:
    def encoded(params: Params, graph: Any, *, key: Key | None = None) -> Any:
        return encode(params, of(graph), key=key)

    return encoded


def build_graph(
    options: Any,
    train: Any,
    mesh: Mesh | None = None,
    knowledge: Linked | None = None,
    learns: bool = True,
    relations: Mapping[str, Relation] | None = None,
    negatives: Interactions | None = None,
    features: ItemFeatures | None = None,
) -> Any:
    """The graph that the model reads, in the chosen formulation; None if it reads none.

    On a mesh it has as many nodes as the tables there have rows.

    Args:
      train: training interactions, facts, or labeled nodes.
      knowledge: what is known of the items, for a model that reads it.
      learns: False leaves out what training alone reads.
      relations: links of users and items, for a model that reads them.
      negatives: training pairs of label 0, of a task with labels.
      features: what is known of items, for a model that reads it.

    Raises:
      InputError: options out of range.
    """
    entry = registry.entry(options.model)
    if entry.graph is None:
        return _beside_popularity(options, None, train)
    own = arguments(options, entry.graph)
    beside = relations or {}, negatives, options.seed, learns, features
    source = Source(train, prepare, knowledge, *beside)
    if not entry.propagates:
        graph = to_devices(entry.graph(source, **own), mesh)
        return _beside_popularity(options, graph, train)
    if isinstance(train, Interactions):  # Others are not split over devices.
        n_users, n_items = padded_rows(train.n_users, mesh), padded_rows(train.n_items, mesh)
        train = dataclasses.replace(train, n_users=n_users, n_items=n_items)
    settings = {"dim": getattr(options, "dim", WIDE), "mesh": mesh}
    place = partial(prepare, formulation=options.propagation, **settings)
    graph = entry.graph(source._replace(train=train, place=place), **own)
    return _beside_popularity(options, graph, train)


def _beside_popularity(options: Any, graph: Any, train: Any) -> Any:
    if not getattr(options, "prior", 0.0):
        return graph
    return WithShare(graph, log_share(user_items(train), train.n_items))
