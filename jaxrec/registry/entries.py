"""Which models there are: what builds each, what it reads, and how it is trained."""

import difflib
import inspect
from typing import Any

from jaxrec import models
from jaxrec.base import InputError
from jaxrec.models.concept_knn import memory as of_concepts
from jaxrec.models.ease import memory as of_ease
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.ripplenet_paths import ripplenet_paths
from jaxrec.registry import fact_graphs, graphs, item_graphs, own, social_graphs, terms
from jaxrec.registry.model_entry import Entry, Link, Read
from jaxrec.registry.sequences import histories, of_sessions, without_graph
from jaxrec.tasks import ITEM_TO_ITEM, LINKS, NEXT_ITEM, RANKING, RATING, Task
from jaxrec.tasks.task import Verb
from jaxrec.train import row_adagrad

EXPONENTS = tuple({"r": r} for r in (0.5, 0.4, 0.2, 0.0))
SHRINKS = tuple({"shrink": shrink} for shrink in (20.0, 5.0, 100.0, 1000.0))
LOW_PASSES = tuple({"low_pass": weight} for weight in (0.1, 0.0, 0.3, 3.0))
FACTS: tuple[Read, ...] = ("interactions", "facts")
PINSAGE = {"batch_size": 256, "learning_rate": 3e-3, "epochs": 100, "patience": 20}
FRIENDS = (Link(social_graphs.SOCIAL, directed=False, also=("friends", "trust")),)
UNTRAINED: dict[str, Any] = {"trained": False, "tasks": (RANKING,)}
SESSIONS = {"batch_size": 100, "epochs": 30, "validate_every": 1, "patience": 3}
OF_FACTS: dict[str, Any] = {
    "tasks": (LINKS,),
    "reads": ("facts",),
    "terms": terms.held_small,
    "defaults": {"reciprocal": True, "init_scale": 1e-2},
}
AS_COMPLEX: dict[str, Any] = OF_FACTS | {"terms": terms.held_small_as_complex}
DRAWN: dict[str, Any] = {"candidates": "shared", "learning_rate": 0.1, "batch_size": 1024}


def _with(entry: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """The fields of an entry with further defaults."""
    return entry | {"defaults": entry["defaults"] | defaults}


MODELS = {
    "lightgcn": Entry(models.lightgcn, graphs.normalised, propagates=True, by_rows=True),
    "mf": Entry(models.mf, by_rows=True),
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
        fact_graphs.labelled_around,
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
    "mutualrec": Entry(
        models.mutualrec, social_graphs.of_friends, (RANKING,), terms.befriended, links=FRIENDS
    ),
    "heterographrec": Entry(
        models.heterographrec,
        social_graphs.of_opinions,
        (RATING,),
        links=FRIENDS,
        from_graph=True,
        defaults={"batch_size": 16384, "l2": 0.2},
    ),
    "sr_hgnn": Entry(
        models.sr_hgnn,
        social_graphs.by_level,
        (RATING,),
        terms=terms.on_levels,
        links=FRIENDS,
        from_graph=True,
        defaults={"l2": 0.2},
    ),
    "disenhan": Entry(
        models.disenhan,
        fact_graphs.typed,
        (RANKING,),
        reads=FACTS,
        from_graph=True,
        defaults={"loss": "binary", "negatives": 5, "learning_rate": 5e-3},
    ),
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
    "biased_mf": Entry(
        models.biased_mf, graphs.of_ratings, (RATING,), defaults={"l2": 0.2, "learning_rate": 2e-3}
    ),
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
    "pinsage": Entry(
        models.pinsage_items,
        item_graphs.neighbourhoods,
        (ITEM_TO_ITEM,),
        reads=("interactions", "features"),
        terms=terms.decayed,
        on_batches=item_graphs.around_batches,
        defaults=PINSAGE,
        from_graph=True,
    ),
    "srgnn": Entry(
        without_graph(models.srgnn),
        None,
        (NEXT_ITEM,),
        terms=terms.decayed_lightly,
        defaults=SESSIONS,
    ),
    "kg_sequential": Entry(
        of_sessions(models.kg_sequential),
        fact_graphs.attributes,
        (NEXT_ITEM,),
        terms=terms.decayed_but_facts,
        reads=FACTS,
        defaults=SESSIONS,
        from_graph=True,
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
    "concept_knn": Entry(
        models.concept_knn,
        fact_graphs.described,
        reads=FACTS,
        from_graph=True,
        memory=of_concepts,
        **UNTRAINED,
    ),
    "twhin": Entry(models.twhin, optimiser=row_adagrad, **_with(OF_FACTS, **DRAWN)),
    "transe": Entry(models.transe, **_with(OF_FACTS, squared=True)),
    "distmult": Entry(models.distmult, **OF_FACTS),
    "complex": Entry(models.complex_kge, **AS_COMPLEX),
    "rotate": Entry(models.rotate, **_with(AS_COMPLEX, squared=True)),
}


def entry(name: str) -> Entry:
    """The model of that name, or one of your own: ``"module:NAME"`` imports an ``Entry``.

    Raises:
      InputError: there is none.
    """
    if name in own.GIVEN:
        return own.GIVEN[name]
    if name.startswith("given:"):
        raise InputError(
            f"{name} was given as an object to another process; open its run with "
            "jaxrec.load(folder, model=...), or put it into a module: --model module:NAME"
        )
    if ":" in name:
        return own.imported(name)
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"no model is called {name!r}: {', '.join(MODELS)}{hint}")
    return MODELS[name]


def task_named(model: str, name: str | None = None) -> Task:
    """The task of that name, which has to be one of the model's; by default its usual one.

    Raises:
      InputError: it is none of them.
    """
    tasks = {task.name: task for task in entry(model).tasks}
    if name is None:
        return entry(model).tasks[0]
    if name not in tasks:
        raise InputError(f"--task is {name!r}; {model} answers {' and '.join(tasks)}")
    return tasks[name]


def task_of(options: Any) -> Task:
    """The task that ``options`` name, which has to be one of their model's.

    Raises:
      InputError: it is none of them.
    """
    return task_named(options.model, options.task)


def check_verb(options: Any, verb: Verb) -> None:
    """Refuses what the task of a run does not answer.

    Raises:
      InputError: names what it does answer.
    """
    task = task_of(options)
    if verb not in task.verbs:
        raise InputError(
            f"a run of {options.model} for the task {task.name} answers no jaxrec {verb}; it has "
            f"{', '.join(sorted(task.verbs))}"
        )


def about(name: str) -> tuple[str, str]:
    """What a model is, in a line, and the paper it comes from: from its file's own first lines."""
    described = inspect.getdoc(inspect.getmodule(entry(name).factory)) or ""
    first, _, rest = described.partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split("\n\n")[0].split())
