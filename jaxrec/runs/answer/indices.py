"""Indices of a run's items: what they are asked, and whether a file is about this run."""

import hashlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from jaxrec import registry
from jaxrec.base import Embeddings, InputError, Towers, has_towers
from jaxrec.ops import dot, l2_normalize
from jaxrec.retrieve import Ann, by_cosine, load
from jaxrec.runs.answer.serving import Trained
from jaxrec.tasks import RunData

Answers = Literal["recommend", "similar"]


class Question(NamedTuple):
    """What an index is searched for.

    Attributes:
      reps: queries, and the items that are scored.
      vectors: what the index is built over.
    """

    score: Any
    reps: Towers
    vectors: np.ndarray


def question(run: Trained, reps: Towers, answers: Answers) -> Question:
    """What ``answers`` asks of a run's representations."""
    score, by = run.model.score, measure(run, answers)
    if answers == "similar":
        score, reps = by_cosine, Embeddings(reps.item, reps.item)
    return Question(
        score, reps, np.asarray(l2_normalize(reps.item) if by == "cosine" else reps.item)
    )


def measure(run: Trained, answers: Answers) -> str:
    """By what items are ranked: ``inner product`` or ``cosine``.

    Raises:
      InputError: by neither, because the model scores without vectors.
    """
    if (task := registry.task_of(run.options)).by_items is not None:
        raise InputError(f"an index is not read for the task {task.name}; go without --index")
    reps = jax.eval_shape(run.model.encode, run.params, run.graph)
    scaled = getattr(run.options, "temperature", None) is not None
    if answers == "recommend" and getattr(run.options, "prior", 0.0):
        raise InputError("an index knows vectors, not what --prior adds; go without --index")
    if not has_towers(reps) or not (scaled or run.model.score is dot):
        raise InputError(
            f"{run.options.model} does not score by vectors of users and items, which an index "
            "needs; go without --index"
        )
    return "cosine" if scaled or answers == "similar" else "inner product"


def about(run: Trained, answers: Answers) -> dict[str, Any]:
    """What a file is compared by: the measure, and the run's parameters."""
    return {"measure": measure(run, answers), "run": parameters_digest(run)}


def parameters_digest(run: Trained) -> str:
    """A number of a run's model and parameters: what was computed by others has another."""
    digest = hashlib.sha256(run.options.model.encode())
    for path, leaf in jax.tree_util.tree_leaves_with_path(run.params):
        digest.update(f"{jax.tree_util.keystr(path)} {leaf.dtype} {leaf.shape}".encode())
        digest.update(np.asarray(leaf).tobytes())
    return digest.hexdigest()


def opened(run: Trained, path: str | None, answers: Answers) -> Ann | None:
    """The index in a file, if one is named.

    Raises:
      InputError: it is not this run's, is for the other command, is damaged, or the model has no
        vectors.
    """
    if path is None:
        return None
    if not isinstance(run.data, RunData):
        raise InputError("an index is of items, and this run knows entities; go without --index")
    expected = {"n_items": len(run.data.item_ids)} | about(run, answers)
    again = f"make this run's own: jaxrec export RUN --index hnsw --answers {answers}"
    return load(Path(path), expected, again)
