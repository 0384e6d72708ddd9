"""The models that the command line offers: what builds each, and what graph it reads.

Keywords of a model's factory, of its graph's builder and of its terms are its options; their
docstrings are the options' help (``commands.options``).
"""

import difflib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec import models
from jaxrec.base import InputError, Model, Term
from jaxrec.commands.knowledge import (
    labelled,
    remembered,
    rippled,
    shrunk,
    smoothed,
    surrounded,
)
from jaxrec.data import Interactions
from jaxrec.graph import Paths, bipartite, neighbours, recent, user_items
from jaxrec.models.bgcf import distance, graphs
from jaxrec.models.graphsage import Name
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.lightgcn_item import ItemGraph
from jaxrec.models.nia_gcn import Walks
from jaxrec.models.ripplenet import ripplenet_paths
from jaxrec.models.simgcl import contrast
from jaxrec.ops import History, edges

Place = Callable[..., Any]
"""``(graph, n_users=None) -> prepared``: ``ops.prepare`` in the formulation that was chosen."""


class Entry(NamedTuple):
    """A model that the command line offers.

    Attributes:
      factory: ``(n_users, n_items, **options) -> Model``; one that takes ``graph``, too, reads it
        in ``init``.
      graph: ``(train, place, **options) -> what encode reads``; without ``place`` it chooses no
        formulation, with ``knowledge`` it reads a knowledge graph. None for a model without graph.
      terms: ``(**options) -> {name: (weight, Term)}`` of training, beside ranking and L2.
      trained: False where ``init`` does all the work.
      by_rows: whether a mesh may split its tables by rows.
      explain: ``(reps, user, item) -> Paths`` of rows, what the score comes from.
    """

    factory: Callable[..., Model]
    graph: Callable[..., Any] | None = None
    terms: Callable[..., dict[str, tuple[float, Term]]] | None = None
    trained: bool = True
    by_rows: bool = False
    explain: Callable[..., Paths] | None = None

    @property
    def knows(self) -> bool:
        """Whether the model reads a knowledge graph, ``knowledge`` of its graph's builder."""
        return self.graph is not None and "knowledge" in inspect.signature(self.graph).parameters

    @property
    def propagates(self) -> bool:
        """Whether the formulation of propagation can be chosen."""
        return self.graph is not None and "place" in inspect.signature(self.graph).parameters


def normalised(train: Interactions, place: Place, r: float = 0.5) -> Any:
    """The user-item graph.

    Args:
      r: exponent of the receiver's degree in the graph's weights; the sender has 1 - r. 0.5 is
        LightGCN's, 1 the mean over neighbours; larger recommends less popular items.
    """
    return place(bipartite(train, r), n_users=train.n_users)


def symmetric(train: Interactions, place: Place) -> Any:
    """The same, symmetric."""
    return normalised(train, place)


def item_graph(train: Interactions, place: Place, r: float = 0.5) -> ItemGraph:
    """The same with the degrees that fold a new user in.

    Args:
      r: exponent of the receiver's degree in the graph's weights; the sender has 1 - r. 0.5 is
        LightGCN's, 1 the mean over neighbours; larger recommends less popular items.
    """
    degree = np.bincount(user_items(train).indices, minlength=train.n_items).astype(np.float32)
    return ItemGraph(normalised(train, place, r), jnp.asarray(degree), jnp.float32(r))


def walk(
    train: Interactions, place: Place, r: float = 0.5, recency: float | None = None
) -> History:
    """The user-item graph, and who has what.

    Args:
      r: exponent of the degrees of a user's own items; candidates have 1 - r. Larger makes popular
        items in a history count for less, and recommends more popular ones.
      recency: an item that its user took n items before their last counts 1 / (1 + n / recency),
        by time or, without times, by place in the file; by default all count alike.
    """
    weight = None if recency is None else jnp.asarray(recent(train, recency))
    return History(normalised(train, place, 1 - r), user_items(train), weight)


def low_pass(train: Interactions, place: Place) -> History:
    """The symmetric user-item graph, and who has what."""
    return History(normalised(train, place), user_items(train))


def unweighted(train: Interactions, place: Place) -> History:
    """The user-item graph with weights one, and who has what."""
    graph = bipartite(train)
    ones = np.ones_like(np.asarray(graph.edges))
    return History(place(graph._replace(edges=ones), n_users=train.n_users), user_items(train))


def lists(train: Interactions) -> History:
    """Who has what."""
    return History(None, user_items(train))


def with_squares(train: Interactions, place: Place) -> Walks:
    """The user-item graph, and the same with its weights squared."""
    graph = bipartite(train)
    both = graph, graph._replace(edges=np.asarray(graph.edges) ** 2)
    return Walks(*(place(each, n_users=train.n_users) for each in both))


def with_loops(train: Interactions, place: Place) -> Any:
    """The user-item graph, every node its own neighbour; so it is bipartite no more."""
    return place(bipartite(train, self_loops=True))


def attended(train: Interactions) -> Any:
    """The same without weights."""
    return edges(bipartite(train, self_loops=True))


def aggregated(
    train: Interactions, place: Place, aggregator: Name = "mean", width: int = 25
) -> Any:
    """What each aggregator of GraphSAGE reads.

    Args:
      aggregator: see the model's.
      width: neighbours that pool and lstm read of every node, drawn once; others read all.
    """
    if aggregator == "mean":
        return normalised(train, place, r=1.0)
    if aggregator == "gcn":
        return place(bipartite(train, r=1.0, self_loops=True))
    return jax.tree.map(jnp.asarray, neighbours(bipartite(train), width))


def contrasted(contrast_weight: float = 0.5, contrast_temperature: float = 0.2) -> dict[str, Any]:
    """SimGCL's own term, weighted as in SELFRec.

    Args:
      contrast_weight: weight of the contrast of two noisy views beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    return {"contrast": (contrast_weight, contrast(contrast_temperature))}


def contrasted_across(
    contrast_weight: float = 0.2, contrast_temperature: float = 0.15
) -> dict[str, Any]:
    """The same of XSimGCL.

    Args:
      contrast_weight: weight of the contrast of two layers beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    return contrasted(contrast_weight, contrast_temperature)


def held_together(distance_weight: float = 0.002) -> dict[str, Any]:
    """BGCF's own term.

    Args:
      distance_weight: weight of the squared distance between similar nodes.
    """
    return {"distance": (distance_weight, distance)}


MODELS = {
    "lightgcn": Entry(models.lightgcn, normalised, by_rows=True),
    "mf": Entry(models.mf, by_rows=True),
    "lightgcn_item": Entry(models.lightgcn_item, item_graph),
    "ngcf": Entry(models.ngcf, symmetric),
    "gcn": Entry(models.gcn, with_loops),
    "graphsage": Entry(models.graphsage, aggregated),
    "gat": Entry(models.gat, attended),
    "simgcl": Entry(models.simgcl, symmetric, contrasted),
    "xsimgcl": Entry(models.xsimgcl, symmetric, contrasted_across),
    "nia_gcn": Entry(models.nia_gcn, with_squares),
    "bgcf": Entry(models.bgcf, graphs, held_together),
    "kgcn": Entry(models.kgcn, surrounded, shrunk, explain=kgcn_paths),
    "kgnn_ls": Entry(models.kgnn_ls, labelled, smoothed, explain=kgcn_paths),
    "ripplenet": Entry(models.ripplenet, rippled, remembered, explain=ripplenet_paths),
    "filter_r": Entry(models.filter_r, walk, trained=False),
    "gf_cf": Entry(models.gf_cf, low_pass, trained=False),
    "ease": Entry(models.ease, lists, trained=False),
    "item_knn": Entry(models.item_knn, unweighted, trained=False),
}


def entry(name: str) -> Entry:
    """The model of that name.

    Raises:
      InputError: there is none.
    """
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"no model is called {name!r}: {', '.join(MODELS)}{hint}")
    return MODELS[name]


def about(name: str) -> tuple[str, str]:
    """What a model is, in a line, and the paper it comes from: from its file's own first lines."""
    described = inspect.getdoc(inspect.getmodule(entry(name).factory)) or ""
    first, _, rest = described.partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split("\n\n")[0].split())
