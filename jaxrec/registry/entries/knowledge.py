"""Models that read a graph of facts about the items, beside the interactions."""

from jaxrec import models
from jaxrec.models.concept_knn import memory as of_concepts
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.ripplenet_paths import ripplenet_paths
from jaxrec.registry import fact_graphs, terms
from jaxrec.registry.model_entry import Entry, Read
from jaxrec.tasks import RANKING

FACTS: tuple[Read, ...] = ("interactions", "facts")

MODELS = {
    "kgcn": Entry(
        models.kgcn,
        fact_graphs.around,
        terms=terms.shrunk,
        reads=FACTS,
        from_graph=True,
        explain=kgcn_paths,
    ),
    "kgnn_ls": Entry(
        models.kgnn_ls,
        fact_graphs.labeled_around,
        terms=terms.smoothed,
        reads=FACTS,
        from_graph=True,
        explain=kgcn_paths,
    ),
    "ripplenet": Entry(
        models.ripplenet,
        fact_graphs.rippled,
        terms=terms.kept_true,
        reads=FACTS,
        from_graph=True,
        explain=ripplenet_paths,
    ),
    "disenhan": Entry(
        models.disenhan,
        fact_graphs.typed,
        (RANKING,),
        reads=FACTS,
        from_graph=True,
        defaults={"loss": "binary", "negatives": 5, "learning_rate": 5e-3},
    ),
    "concept_knn": Entry(
        models.concept_knn,
        fact_graphs.described,
        reads=FACTS,
        from_graph=True,
        memory=of_concepts,
        tasks=(RANKING,),
        trained=False,
    ),
}
