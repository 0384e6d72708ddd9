"""The models that the command line offers: what builds each, and what graph it reads.

Keywords of a model's factory, of its graph's builder and of its terms are its options; their
docstrings are the options' help (``commands.options``).
"""

import difflib
import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxrec import models
from jaxrec.base import InputError, Model, Term
from jaxrec.commands import graphs
from jaxrec.models.bgcf import distance, graphs as with_copies
from jaxrec.models.ease import memory as of_ease
from jaxrec.models.simgcl import contrast


class Entry(NamedTuple):
    """A model that the command line offers.

    Attributes:
      factory: ``(n_users, n_items, **options) -> Model``; one that takes ``graph``, too, reads it
        in ``init``.
      graph: ``(train, place, **options) -> what encode reads``; without ``place`` it chooses no
        formulation. None for a model without graph.
      terms: ``(**options) -> {name: (weight, Term)}`` of training, beside ranking and L2.
      trained: False where ``init`` does all the work.
      by_rows: whether a mesh may split its tables by rows.
      learns_on: ``graph -> graph``, what training reads of it; None for all.
      memory: ``(n_users, n_items) -> bytes`` that ``init`` takes, where that may be too many.
    """

    factory: Callable[..., Model]
    graph: Callable[..., Any] | None = None
    terms: Callable[..., dict[str, tuple[float, Term]]] | None = None
    trained: bool = True
    by_rows: bool = False
    learns_on: Callable[[Any], Any] | None = None
    memory: Callable[[int, int], int] | None = None

    @property
    def propagates(self) -> bool:
        """Whether the formulation of propagation can be chosen."""
        return self.graph is not None and "place" in inspect.signature(self.graph).parameters


def contrasted(contrast_weight: float = 0.5, contrast_temperature: float = 0.2) -> dict[str, Any]:
    """SimGCL's own term, weighted as in SELFRec.

    Args:
      contrast_weight: weight of the contrast of two noisy views beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    _check_weight("contrast", contrast_weight)
    if not 0 < contrast_temperature < math.inf:
        raise InputError(
            f"--contrast-temperature is {contrast_temperature}; give a number above 0, such as 0.2"
        )
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
    _check_weight("distance", distance_weight)
    return {"distance": (distance_weight, distance)}


def _check_weight(name: str, weight: float) -> None:
    if not 0 <= weight < math.inf:
        raise InputError(f"--{name}-weight is {weight}; give a number of 0 or more")


MODELS = {
    "lightgcn": Entry(models.lightgcn, graphs.normalised, by_rows=True),
    "mf": Entry(models.mf, by_rows=True),
    "lightgcn_item": Entry(models.lightgcn_item, graphs.item_graph, learns_on=graphs.all_alike),
    "ngcf": Entry(models.ngcf, graphs.symmetric),
    "gcn": Entry(models.gcn, graphs.with_loops),
    "graphsage": Entry(models.graphsage, graphs.aggregated),
    "gat": Entry(models.gat, graphs.attended),
    "simgcl": Entry(models.simgcl, graphs.symmetric, contrasted),
    "xsimgcl": Entry(models.xsimgcl, graphs.symmetric, contrasted_across),
    "nia_gcn": Entry(models.nia_gcn, graphs.with_squares),
    "bgcf": Entry(models.bgcf, with_copies, held_together),
    "filter_r": Entry(models.filter_r, graphs.walk, trained=False),
    "gf_cf": Entry(models.gf_cf, graphs.low_pass, trained=False),
    "ease": Entry(models.ease, graphs.lists, trained=False, memory=of_ease),
    "item_knn": Entry(models.item_knn, graphs.unweighted, trained=False),
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
