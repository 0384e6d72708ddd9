"""The models that the command line offers: what builds each, and what graph it reads.

Keywords of a model's factory, of its graph's builder and of its terms are its options; their
docstrings are the options' help (``runs.model_options``).
"""

import difflib
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxrec import models
from jaxrec.base import InputError, Model, Term
from jaxrec.graph import Paths
from jaxrec.models.bgcf import graphs as with_copies
from jaxrec.models.concept_knn import memory as of_concepts
from jaxrec.models.ease import memory as of_ease
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.ripplenet import ripplenet_paths
from jaxrec.registry import fact_graphs, graphs, terms


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
      learns_on: ``graph -> graph``, what training reads of it; None for all.
      memory: ``(n_users, n_items, **options) -> bytes`` that ``init`` takes, where that may be too
        many.
      explain: ``(reps, user, item) -> Paths`` of rows, what the score comes from.
      settings: options that a run chooses from where the person names none (``choosing``); the
        first is used where there is nothing to choose on.
      same_params: whether parameters are the same under all settings, and only scores differ.
    """

    factory: Callable[..., Model]
    graph: Callable[..., Any] | None = None
    terms: Callable[..., dict[str, tuple[float, Term]]] | None = None
    trained: bool = True
    by_rows: bool = False
    learns_on: Callable[[Any], Any] | None = None
    memory: Callable[..., int] | None = None
    explain: Callable[..., Paths] | None = None
    settings: tuple[dict[str, float], ...] = ()
    same_params: bool = False

    @property
    def knows(self) -> bool:
        """Whether the model reads a knowledge graph, ``knowledge`` of its graph's builder."""
        return self.graph is not None and "knowledge" in inspect.signature(self.graph).parameters

    @property
    def propagates(self) -> bool:
        """Whether the formulation of propagation can be chosen."""
        return self.graph is not None and "place" in inspect.signature(self.graph).parameters


EXPONENTS = tuple({"r": r} for r in (0.5, 0.4, 0.2, 0.0))
SHRINKS = tuple({"shrink": shrink} for shrink in (20.0, 5.0, 100.0, 1000.0))
LOW_PASSES = tuple({"low_pass": weight} for weight in (0.1, 0.0, 0.3, 3.0))
MODELS = {
    "lightgcn": Entry(models.lightgcn, graphs.normalised, by_rows=True),
    "mf": Entry(models.mf, by_rows=True),
    "lightgcn_item": Entry(models.lightgcn_item, graphs.item_graph, learns_on=graphs.all_alike),
    "ngcf": Entry(models.ngcf, graphs.symmetric),
    "gcn": Entry(models.gcn, graphs.with_loops),
    "graphsage": Entry(models.graphsage, graphs.aggregated),
    "gat": Entry(models.gat, graphs.attended),
    "simgcl": Entry(models.simgcl, graphs.symmetric, terms.contrasted),
    "xsimgcl": Entry(models.xsimgcl, graphs.symmetric, terms.contrasted_across),
    "nia_gcn": Entry(models.nia_gcn, graphs.with_squares),
    "bgcf": Entry(models.bgcf, with_copies, terms.held_together),
    "kgcn": Entry(models.kgcn, fact_graphs.around, terms.shrunk, explain=kgcn_paths),
    "kgnn_ls": Entry(
        models.kgnn_ls, fact_graphs.labelled_around, terms.smoothed, explain=kgcn_paths
    ),
    "ripplenet": Entry(
        models.ripplenet,
        fact_graphs.rippled,
        terms.kept_true,
        explain=ripplenet_paths,
    ),
    "filter_r": Entry(models.filter_r, graphs.walk, trained=False, settings=EXPONENTS),
    "gf_cf": Entry(
        models.gf_cf, graphs.low_pass, trained=False, settings=LOW_PASSES, same_params=True
    ),
    "ease": Entry(models.ease, graphs.lists, trained=False, memory=of_ease),
    "item_knn": Entry(models.item_knn, graphs.lists, trained=False, settings=SHRINKS),
    "concept_knn": Entry(
        models.concept_knn,
        fact_graphs.described,
        trained=False,
        memory=of_concepts,
    ),
}


def entry(name: str) -> Entry:
    """The model of that name.

    Raises:
      InputError: there is none.
    """
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"no model is called {name!r}: {', '.join(MODELS)}{hint}")
    return MODELS[name]


def about(name: str) -> tuple[str, str]:
    """What a model is, in a line, and the paper it comes from: from its file's own first lines."""
    described = inspect.getdoc(inspect.getmodule(entry(name).factory)) or ""
    first, _, rest = described.partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split("\n\n")[0].split())
