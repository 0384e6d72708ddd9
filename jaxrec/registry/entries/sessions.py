"""Models of the next item of a session."""

from jaxrec import models
from jaxrec.models.memory_facts import memory_facts
from jaxrec.registry import fact_graphs, terms
from jaxrec.registry.model_entry import Entry
from jaxrec.registry.sequences import histories, of_sessions, without_graph
from jaxrec.tasks import NEXT_ITEM

SESSIONS = {"batch_size": 100, "epochs": 30, "validate_every": 1, "patience": 3}
HISTORIES = {"batch_size": 256, "epochs": 100, "validate_every": 1, "patience": 10}

MODELS = {
    "markov": Entry(
        of_sessions(models.markov), histories, (NEXT_ITEM,), from_graph=True, trained=False
    ),
    "markov_with_repeats": Entry(
        of_sessions(models.markov_with_repeats),
        histories,
        (NEXT_ITEM,),
        from_graph=True,
        trained=False,
    ),
    "decayed_item_knn": Entry(
        of_sessions(models.decayed_item_knn),
        histories,
        (NEXT_ITEM,),
        from_graph=True,
        trained=False,
    ),
    "srgnn": Entry(
        without_graph(models.srgnn),
        None,
        (NEXT_ITEM,),
        terms=terms.decayed_lightly,
        defaults=SESSIONS,
    ),
    "gru4rec": Entry(
        without_graph(models.gru4rec),
        None,
        (NEXT_ITEM,),
        terms=terms.decayed,
        defaults=SESSIONS,
    ),
    "sasrec": Entry(
        without_graph(models.sasrec),
        None,
        (NEXT_ITEM,),
        terms=terms.decayed,
        defaults=HISTORIES,
    ),
    "ksr": Entry(
        of_sessions(models.ksr),
        fact_graphs.attributes,
        (NEXT_ITEM,),
        terms=terms.decayed_but_facts,
        reads=("interactions", "facts"),
        defaults=SESSIONS,
        from_graph=True,
    ),
    "kg_sequential": Entry(
        of_sessions(models.kg_sequential),
        fact_graphs.attributes,
        (NEXT_ITEM,),
        terms=terms.decayed_but_facts,
        reads=("interactions", "facts"),
        defaults=SESSIONS,
        from_graph=True,
        facts_of=memory_facts,
    ),
}
