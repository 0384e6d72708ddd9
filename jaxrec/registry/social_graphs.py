"""What models of friends and trust read, as the command line offers it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jaxrec.base import Batch, Embeddings, InputError, Key, LossFn, Params
from jaxrec.models.diffnet import InfluenceGraph, influence_graph
from jaxrec.models.fesog import EgoGraph, ego_graph
from jaxrec.models.mutualrec import Both, FriendGraph, friend_graph
from jaxrec.models.opinions import (
    Alike,
    OpinionGraph,
    opinion_graph,
    without_ratings as opinions_hidden,
)
from jaxrec.models.sr_hgnn import (
    LevelGraph,
    level_graph,
    without_ratings as levels_hidden,
)
from jaxrec.registry.graphs import of_ratings
from jaxrec.registry.source import Source

SOCIAL = "social"
"""The relation between users: friends, trust."""


def of_friends(source: Source) -> FriendGraph:
    """Who interacted with what, and who are friends."""
    return friend_graph(source.train, source.relations[SOCIAL])


def friend_towers(reps: Both) -> Embeddings:
    """Rows of users, as who is asked about and as who may be a friend."""
    return Embeddings(reps.friend_query, reps.friend)


def of_influence(source: Source) -> InfluenceGraph:
    """Friends of every user, and their items."""
    return influence_graph(source.train, source.relations[SOCIAL])


def of_opinions_alone(source: Source) -> OpinionGraph:
    """Ratings by level, and friends."""
    of = source.train, source.relations[SOCIAL]
    return opinion_graph(*of, alike="none", known=of_ratings(source))


def of_egos(source: Source, center: bool = False, biases: bool = True) -> EgoGraph:
    """Who rated what, and who are friends; of every user what their own client knows.

    Args:
      center: whether the intercept and the biases begin at the mean and the shrunken biases of all
        training ratings, as ours; by default at the middle of the scale and 0. Training on all
        ratings at once then weighs biases by the shrinkage that they were chosen with.
      biases: see the model's.

    Raises:
      InputError: ``center`` without biases.
    """
    if center and not biases:
        raise InputError(
            "--center starts biases, and --no-biases leaves them out; give one of both"
        )
    known = of_ratings(source) if center else None
    return ego_graph(source.train, source.relations[SOCIAL], known)


def of_opinions(
    source: Source, alike: Alike = "jaccard", top_k: int = 20, min_common: int = 2
) -> OpinionGraph:
    """Ratings by level, friends, and items that the same users rated.

    Args:
      alike: which items are similar: by the Jaccard index of the users who rated them in training,
        or no items (none).
      top_k: similar items of an item, at most.
      min_common: users that similar items have in common, at least.
    """
    given = source.train, source.relations[SOCIAL], alike, top_k, min_common
    return opinion_graph(*given, of_ratings(source))


def by_level(source: Source) -> LevelGraph:
    """Ratings by level, and friends; biases begin as the baseline of ratings has them."""
    return level_graph(source.train, source.relations[SOCIAL], of_ratings(source))


def predicting_others(hide_targets: bool = True) -> Callable[[LossFn], LossFn]:
    """Training where the graph of a step lacks the ratings that the step predicts.

    Args:
      hide_targets: whether the ratings that a training step predicts are left out of the graph for
        that step; False is the papers' form, in which a model reads the answer.
    """
    return _hiding if hide_targets else _as_it_is


@lru_cache(maxsize=16)  # Equal losses share what is compiled of them.
def _hiding(loss_fn: LossFn) -> LossFn:
    def hidden(params: Params, graph: Any, batch: Batch, key: Key):
        hide: Any = levels_hidden if isinstance(graph, LevelGraph) else opinions_hidden
        return loss_fn(params, hide(graph, batch), batch, key)

    return hidden


def _as_it_is(loss_fn: LossFn) -> LossFn:
    return loss_fn
