"""Models of a graph of facts alone: its missing links."""

from typing import Any

from jaxrec import models
from jaxrec.registry import terms, walk_terms
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import LINKS
from jaxrec.tasks.links import LINKS_BY_WALKS
from jaxrec.train import row_adagrad

OF_FACTS: dict[str, Any] = {
    "tasks": (LINKS,),
    "reads": ("facts",),
    "terms": terms.held_small,
    "defaults": {"reciprocal": True, "init_scale": 1e-2},
}
AS_COMPLEX: dict[str, Any] = OF_FACTS | {"terms": terms.held_small_as_complex}
DRAWN: dict[str, Any] = {"candidates": "shared", "learning_rate": 0.1, "batch_size": 1024}

WALKED = {
    "batch_size": 64,
    "learning_rate": 1e-2,
    "epochs": 50,
    "validate_every": 1,
    "patience": 10,
}


def _with(entry: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """The fields of an entry with further defaults."""
    return entry | {"defaults": entry["defaults"] | defaults}


MODELS = {
    "twhin": Entry(models.twhin, optimizer=row_adagrad, **_with(OF_FACTS, **DRAWN)),
    "transe": Entry(models.transe, **_with(OF_FACTS, squared=True)),
    "distmult": Entry(models.distmult, **OF_FACTS),
    "complex": Entry(models.complex_kge, **AS_COMPLEX),
    "node2vec": Entry(
        models.node2vec_links,
        None,
        (LINKS_BY_WALKS,),
        terms=walk_terms.walked,
        reads=("facts",),
        defaults=WALKED,
    ),
    "rotate": Entry(models.rotate, **_with(AS_COMPLEX, squared=True)),
}
