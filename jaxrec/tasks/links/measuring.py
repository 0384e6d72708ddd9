"""Where models and baselines rank the answers to what a slice asks."""

from typing import Any

import numpy as np
from jaxtyping import Float

from jaxrec.base import Model
from jaxrec.evaluate import (
    Measured,
    adamic_adar,
    common_neighbors,
    degree,
    filtered_ranks,
    host_ranks,
)
from jaxrec.models import among_types
from jaxrec.rank import OnProgress
from jaxrec.tasks.links.link_questions import LinkQuestion


def hits(options: Any) -> list[str]:
    """The names of the hits that are counted."""
    return [f"hits@{k}" for k in options.k]


def measure(
    model: Model,
    reps: Any,
    question: LinkQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    """Filtered ranks of all answers, among the entities that may stand there."""
    score, reps = among_types(model.score, reps, question.types)
    n = question.facts.n_entities
    ranks = filtered_ranks(score, reps, question.asked, n, on_progress=on_progress)
    return _measured(ranks, options)


def _measured(ranks: Float[np.ndarray, "Q"], options: Any) -> Measured:
    ranks = ranks.astype(np.float64)
    found = {name: ranks <= k for name, k in zip(hits(options), options.k, strict=True)}
    vectors = {"mrr": 1 / ranks, **{name: each * 1.0 for name, each in found.items()}}
    vectors["mean_rank"] = ranks
    ends = dict(zip(("mrr_tail", "mrr_head"), np.split(vectors["mrr"], 2), strict=True))
    mean = {name: float(vector.mean()) for name, vector in (vectors | ends).items()}
    return Measured(mean, vectors)


def baselines(
    question: LinkQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Frequent answers of the relation; and in a network of one relation, common neighbors."""
    train = question.train
    scores = {"degree": degree(train)}
    if train.n_relations == 1 and train.kind is None:  # A network, such as of friends.
        scores["common_neighbors"] = common_neighbors(train)
        scores["adamic_adar"] = adamic_adar(train)
    how = {"kind": train.kind, "n_entities": train.n_entities, "on_progress": on_progress}
    ranks = {name: host_ranks(score, question.asked, **how) for name, score in scores.items()}
    return {name: _measured(found, options) for name, found in ranks.items()}
