"""Which models there are: what builds each, what it reads, and how it is trained."""

import difflib
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import optax

from jaxrec import models
from jaxrec.base import InputError, Model, Term
from jaxrec.graph import Paths
from jaxrec.models.concept_knn import memory as of_concepts
from jaxrec.models.ease import memory as of_ease
from jaxrec.models.kgcn import kgcn_paths
from jaxrec.models.ripplenet import ripplenet_paths
from jaxrec.registry import fact_graphs, graphs, social_graphs, terms
from jaxrec.registry.sequences import histories, of_sessions
from jaxrec.tasks import NEXT_ITEM, RANKING, RATING, Task
from jaxrec.tasks.task import Verb

Read = Literal["interactions", "facts"]


class Link(NamedTuple):
    """A relation that a model reads, of ``--relation NAME=FILE`` or of the data set.

    Attributes:
      also: other names that the data set may have it by, the first that is there counts.
    """

    name: str
    source: Literal["user", "item"] = "user"
    target: Literal["user", "item"] = "user"
    directed: bool = True
    also: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A model: what builds it, what it reads, and how it is trained.

    Its options are the keywords of ``factory``, ``graph`` and ``terms`` that have a default; what
    their docstrings say of them is the help.

    Attributes:
      factory: ``(n_users, n_items, **options) -> Model``; with ``from_graph`` the graph comes
        first, ``(graph, n_users, n_items, **options)``, for ``init`` to read.
      graph: ``(Source, **options) -> what encode reads``; None for a model without graph.
      reads: what the data must hold: "interactions", and "facts" for a knowledge graph.
      tasks: the kinds of question that it answers, the usual one first.
      links: relations of users and items that it reads as well, in ``Source.relations``.
      terms: ``(**options) -> {name: (weight, Term)}`` of training, beside ranking and L2.
      optimiser: ``(learning rate or schedule) -> optax optimiser``.
      defaults: options of training whose default is another for this model.
      trained: False where ``init`` does all the work.
      from_graph: whether the factory takes the graph.
      propagates: whether ``graph`` places what it makes in a formulation that can be chosen.
      by_rows: whether a mesh may split its tables by rows.
      learns_on: ``graph -> graph``, what training reads of it; None for all.
      memory: ``(n_users, n_items, **options) -> bytes`` that ``init`` takes, where that may be too
        many.
      explain: ``(reps, user, item) -> Paths`` of rows, what the score comes from.
      settings: options that a run chooses from where the person names none (``runs.fit.choosing``);
        the first is used where there is nothing to choose on.
      same_params: whether parameters are the same under all settings, and only scores differ.
    """

    factory: Callable[..., Model]
    graph: Callable[..., Any] | None = None
    tasks: tuple[Task, ...] = (RANKING,)
    terms: Callable[..., dict[str, tuple[float, Term]]] | None = None
    reads: tuple[Read, ...] = ("interactions",)
    links: tuple[Link, ...] = ()
    optimiser: Callable[[Any], optax.GradientTransformation] = optax.adam
    defaults: Mapping[str, Any] = MappingProxyType({})
    trained: bool = True
    from_graph: bool = False
    propagates: bool = False
    by_rows: bool = False
    learns_on: Callable[[Any], Any] | None = None
    memory: Callable[..., int] | None = None
    explain: Callable[..., Paths] | None = None
    settings: tuple[dict[str, float], ...] = ()
    same_params: bool = False

    @property
    def knows(self) -> bool:
        """Whether the model reads a knowledge graph."""
        return "facts" in self.reads


EXPONENTS = tuple({"r": r} for r in (0.5, 0.4, 0.2, 0.0))
SHRINKS = tuple({"shrink": shrink} for shrink in (20.0, 5.0, 100.0, 1000.0))
LOW_PASSES = tuple({"low_pass": weight} for weight in (0.1, 0.0, 0.3, 3.0))
FACTS: tuple[Read, ...] = ("interactions", "facts")
FRIENDS = (Link(social_graphs.SOCIAL, directed=False, also=("friends", "trust")),)
UNTRAINED: dict[str, Any] = {"trained": False}
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
        models.mutualrec, social_graphs.of_friends, terms=terms.befriended, links=FRIENDS
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
        of_sessions(models.markov), histories, (NEXT_ITEM,), from_graph=True, **UNTRAINED
    ),
    "markov_with_repeats": Entry(
        of_sessions(models.markov_with_repeats),
        histories,
        (NEXT_ITEM,),
        from_graph=True,
        **UNTRAINED,
    ),
    "decayed_item_knn": Entry(
        of_sessions(models.decayed_item_knn), histories, (NEXT_ITEM,), from_graph=True, **UNTRAINED
    ),
    "ease": Entry(models.ease, graphs.lists, from_graph=True, memory=of_ease, **UNTRAINED),
    "item_knn": Entry(
        models.item_knn, graphs.lists, from_graph=True, settings=SHRINKS, **UNTRAINED
    ),
    "concept_knn": Entry(
        models.concept_knn,
        fact_graphs.described,
        reads=FACTS,
        from_graph=True,
        memory=of_concepts,
        **UNTRAINED,
    ),
}


def entry(name: str) -> Entry:
    """The model of that name, or one of your own: ``"module:NAME"`` imports an ``Entry``.

    Raises:
      InputError: there is none.
    """
    if ":" in name:
        return _imported(name)
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"no model is called {name!r}: {', '.join(MODELS)}{hint}")
    return MODELS[name]


def _imported(name: str) -> Entry:
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:  # A console script does not look there.
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(f"no model can be imported as {name}: {error}") from error
    if not isinstance(found, Entry):
        raise InputError(f"{name} is a {type(found).__name__}; make it a jaxrec.registry.Entry")
    return found


def task_of(options: Any) -> Task:
    """The task that ``options`` name, which has to be one of their model's.

    Raises:
      InputError: it is none of them.
    """
    tasks = {task.name: task for task in entry(options.model).tasks}
    if options.task not in tasks:
        raise InputError(
            f"--task is {options.task!r}; {options.model} answers {' and '.join(tasks)}"
        )
    return tasks[options.task]


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
