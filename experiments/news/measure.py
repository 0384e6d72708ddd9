"""AUC by user of trained models, and of what needs no network, for the same users in one order."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

import jaxrec
from jaxrec.data import Interactions
from jaxrec.evaluate import Measured, measure_clicks
from jaxrec.graph import NewsGraph, wide_features
from jaxrec.runs import read_run
from jaxrec.tasks import CLICKS

METRICS = ("auc", "user_auc")
BASELINES = ("title_tfidf", "popularity")
Vectors = dict[str, Float[np.ndarray, "_"]]
"""By metric a value for each user, in ascending order of ids."""


class Asked(NamedTuple):
    """What one trained run was asked, and what others answer.

    Attributes:
      model: of the trained model; ``auc`` of all test users, and ``user_auc`` of those whose rows
        have both labels, each user's own.
      others: the same of the baselines and of ``wide_alone``.
    """

    model: Vectors
    others: dict[str, Vectors]


def ask(trained: jaxrec.Run) -> Asked:
    """Reads what the run measured by user, and measures what needs no network on its test rows."""
    options, data, _, _, graph, _ = read_run(trained.folder)
    question = CLICKS.question(data, "test", options)
    rows, users = question.asked, CLICKS.queries(question, data)
    both = _has_both(rows)
    order = users["user"].arg_sort().to_numpy()
    own = pl.read_parquet(trained.folder / "per_user.parquet")
    assert own["user"].equals(users["user"])
    model = {name: own[name].to_numpy() for name in METRICS}
    found = CLICKS.baselines(question, options, None)
    systems = {name: found[name] for name in BASELINES} | {"wide_alone": wide_alone(graph, rows)}
    vectors = lambda per_user: in_order(per_user, both, order)
    return Asked(vectors(model), {name: vectors(one.per_user) for name, one in systems.items()})


def in_order(per_user: Vectors, both: Bool[np.ndarray, "U"], order: np.ndarray) -> Vectors:
    """Entries of ``measure_clicks`` in this order, of ``user_auc`` those of users who have one."""
    auc, own = per_user["auc"], per_user["user_auc"]
    return {"auc": auc[order], "user_auc": own[order][both[order]]}


def wide_alone(graph: NewsGraph, rows: Interactions) -> Measured:
    """The logistic regression of cosine and clicks, as the graph has it, without the network."""
    unknown = np.zeros(len(rows), np.float32)  # No test row is among the clicks of the graph.
    features = wide_features(graph, Interactions(rows.user, rows.item, *rows.sizes, unknown))
    weight = np.asarray(graph.wide, np.float64)
    return measure_clicks(features @ weight[:2] + weight[2], np.asarray(rows.rating), rows.user)


def _has_both(rows: Interactions) -> Bool[np.ndarray, "U"]:
    """Of each user, ascending by row, whether their rows have both labels."""
    users, row = np.unique(rows.user, return_inverse=True)
    share = np.bincount(row, np.asarray(rows.rating)) / np.bincount(row, minlength=len(users))
    return (share > 0) & (share < 1)
