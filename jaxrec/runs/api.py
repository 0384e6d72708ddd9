"""The front door: fit a model, open a run. The command line calls the same functions."""

import shutil
import tempfile
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jaxrec import registry, tasks
from jaxrec.base import InputError, Model
from jaxrec.data import Dataset, KnowledgeGraph, LabeledGraph, graph_from_frame, load_edges
from jaxrec.data.memory import table_of
from jaxrec.registry import Entry
from jaxrec.runs import log
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit.fitting import OnEpoch
from jaxrec.runs.fit.train import train
from jaxrec.runs.load import Given
from jaxrec.runs.model_options import kind, options_of
from jaxrec.runs.options import DataOptions
from jaxrec.runs.run import Run
from jaxrec.runs.store import run_folder
from jaxrec.tasks import NodeData, RunData, Task

READ_BEFORE = ("user_column", "item_column", "rating_column", "time_column", "title_column")
READ_BEFORE += ("header", "min_rating", "k_core", "repeats", "data", "labels", "features")


def fit(
    data: Any,
    model: str | Entry | Model = "lightgcn",
    *,
    graph: Any = None,
    out: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
    **settings: Any,
) -> Run:
    """Trains a model, measures it on a test slice beside baselines, and returns the run.

    >>> import jaxrec
    >>> clicks = {"user": [*"aaabbbccc"], "item": [*"xyzxyzxyw"]}
    >>> run = jaxrec.fit(jaxrec.Dataset.from_frame(clicks), "item_knn", k=(2,), select="recall@2")
    >>> sorted(run.recommend(["c"], k=1)["item"])
    ['z']

    Args:
      data: a data set, the name of a known one, or a file as ``jaxrec.read`` takes it. For a model
        of facts a data set with relations, a file of triples, the name of a known graph, or a frame
        with columns head, relation and tail; links alone may be a file or frame of two columns.
        For a model of nodes the name of a known graph, a file of edges with ``labels=`` a file, or
        what ``data.load_labeled_graph`` makes of files and frames.
      model: one of those that ``jaxrec models`` lists, or one of your own: an ``Entry`` of
        ``jaxrec.registry``, ``"module:NAME"`` of one, or a ``Model`` of as many users and items as
        the data have.
      graph: what the ``encode`` of a ``Model`` reads, or a function that makes it from
        ``jaxrec.registry.Source``, the training slice among it.
      out: folder to write the run to; by default a temporary one that goes with the ``Run``.
      on_epoch: called after every epoch with its phase, number and metrics, such as the loss.
      settings: options of ``jaxrec train --model MODEL --help``, as keywords: ``dim=64``.
        ``start_from`` takes a ``Run``, and what ``jaxrec.pretrain`` returns, too.

    Raises:
      InputError: anything the caller can repair, before any training.
    """
    name = _name_of(model, graph, settings.get("task"))
    task = registry.task_named(name, settings.get("task"))
    given = _given(data, task, settings.get("directed", False))
    if given is not None and (early := [name for name in READ_BEFORE if name in settings]):
        raise InputError(
            f"{early[0]} is an option of reading, and the data have been read; give it to "
            "jaxrec.read or Dataset.from_frame"
        )
    chosen = kind(name, settings.get("task"))
    if isinstance(given, Dataset) and issubclass(chosen, DataOptions):
        settings["repeats"] = "keep" if given.repeats else "drop"
    if (other := settings.get("start_from")) is not None:
        settings["start_from"] = str(getattr(other, "folder", other))
    source = str(data) if given is None else given.name
    with ExitStack() as undo:
        temporary = None
        if out is None:
            temporary = Path(tempfile.mkdtemp(prefix="jaxrec-"))
            undo.callback(shutil.rmtree, temporary, ignore_errors=True)
        folder = str(temporary / "run" if temporary else out)
        fitted = train(options_of(name, data=source, out=folder, **settings), given, on_epoch)
        undo.pop_all()
    for line in fitted.warnings:
        log.warn(line)
    run = Run(fitted.folder)
    if temporary:
        weakref.finalize(run, shutil.rmtree, temporary, ignore_errors=True)
    return run


def load(folder: str | Path, model: Entry | Model | None = None, graph: Any = None) -> Run:
    """Opens a run that ``jaxrec train`` or ``Run.save`` wrote.

    Args:
      model: for a run of a model of one's own that was given to ``fit`` as an object: that object.
      graph: what was given to ``fit`` with it.

    Raises:
      InputError: no run, or files that do not fit together.
    """
    path = Path(folder)
    if model is not None:
        stored = run_folder.stored(path)["options"]
        if isinstance(model, Model):
            model = registry.of_model(model, graph, tasks.named(stored.get("task", "ranking")))
        registry.give(stored["model"], model)
        kind.cache_clear()  # The name may have been another entry's.
    return Run(path, read_run(path))


def _given(data: Any, task: Task, directed: bool) -> Given:
    """What has been read already; None for what the options of a run name.

    Raises:
      InputError: data of another kind than the task's.
    """
    of_links = task.data is not RunData
    if isinstance(data, str | Path):
        return None
    if task.data is NodeData or isinstance(data, LabeledGraph):
        return _labeled(data, task)
    if isinstance(data, Dataset):
        return data
    if isinstance(data, KnowledgeGraph) and of_links:
        return data
    if not of_links:
        raise InputError(
            f"data is of type {type(data).__name__}; give a Dataset, such as "
            "jaxrec.Dataset.from_frame(data), the name of a known data set, or a file"
        )
    if len(table_of(data).names) == 2:
        return load_edges(data, directed=directed)
    return graph_from_frame(data)


def _labeled(data: Any, task: Task) -> LabeledGraph:
    if task.data is NodeData and isinstance(data, LabeledGraph):
        return data
    if task.data is NodeData:
        raise InputError(
            f"data is of type {type(data).__name__}; give a file, the name of a known graph, or "
            "jaxrec.data.load_labeled_graph(edges, labels, features)"
        )
    raise InputError(
        f"data is a graph of labeled nodes, and the task {task.name} reads other data; give a "
        "model of nodes, such as gcn_nodes"
    )


def _name_of(model: str | Entry | Model, graph: Any, task: str | None) -> str:
    if isinstance(model, Model):
        model = registry.of_model(model, graph, tasks.named(task or "ranking"))
    elif graph is not None:
        raise InputError("graph goes with a jaxrec.Model; an entry of the registry builds its own")
    if isinstance(model, str):
        return model
    if not isinstance(model, Entry):
        hint = "; wrap it, jaxrec.registry.Entry(factory)" if callable(model) else ""
        raise InputError(
            f"model is of type {type(model).__name__}{hint}: it may be a name, a Model or an Entry"
        )
    return registry.name_of(model)
