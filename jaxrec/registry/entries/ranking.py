"""Models of users and items: a row of interactions a user, all items ranked."""

from typing import Any

from jaxrec import models
from jaxrec.models.ease import memory as of_ease
from jaxrec.registry import graphs, terms
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import CLICKS, FRIENDS, ITEM_TO_ITEM, RANKING

EXPONENTS = tuple({"r": r} for r in (0.5, 0.4, 0.2, 0.0))
SHRINKS = tuple({"shrink": shrink} for shrink in (20.0, 5.0, 100.0, 1000.0))
LOW_PASSES = tuple({"low_pass": weight} for weight in (0.1, 0.0, 0.3, 3.0))
OF_PAIRS = (RANKING, CLICKS, FRIENDS)
UNTRAINED: dict[str, Any] = {"trained": False, "tasks": (RANKING,)}

MODELS = {
    "lightgcn": Entry(models.lightgcn, graphs.normalized, OF_PAIRS, propagates=True, by_rows=True),
    "mf": Entry(models.mf, tasks=OF_PAIRS, by_rows=True),
    "lightgcn_item": Entry(
        models.lightgcn_item, graphs.item_graph, propagates=True, learns_on=graphs.all_alike
    ),
    "ngcf": Entry(models.ngcf, graphs.symmetric, propagates=True),
    "gcn": Entry(models.gcn, graphs.with_loops, propagates=True),
    "graphsage": Entry(models.graphsage, graphs.aggregated, propagates=True),
    "gat": Entry(models.gat, graphs.attended),
    "simgcl": Entry(models.simgcl, graphs.symmetric, terms=terms.contrasted, propagates=True),
    "xsimgcl": Entry(
        models.xsimgcl, graphs.symmetric, terms=terms.contrasted_across, propagates=True
    ),
    "nia_gcn": Entry(models.nia_gcn, graphs.with_squares, propagates=True),
    "bgcf": Entry(models.bgcf, graphs.with_copies, terms=terms.held_together),
    "filter_r": Entry(
        models.filter_r, graphs.walk, propagates=True, settings=EXPONENTS, **UNTRAINED
    ),
    "gf_cf": Entry(
        models.gf_cf,
        graphs.low_pass,
        from_graph=True,
        propagates=True,
        settings=LOW_PASSES,
        same_params=True,
        **UNTRAINED,
    ),
    "ease": Entry(models.ease, graphs.lists, from_graph=True, memory=of_ease, **UNTRAINED),
    "item_knn": Entry(
        models.item_knn,
        graphs.lists,
        (RANKING, ITEM_TO_ITEM),
        from_graph=True,
        settings=SHRINKS,
        trained=False,
    ),
}
