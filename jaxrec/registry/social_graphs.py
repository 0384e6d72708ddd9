"""What models of friends and trust read, as the command line offers it."""

from jaxrec.models.fesog import EgoGraph, ego_graph
from jaxrec.models.heterographrec import Alike, OpinionGraph, opinion_graph
from jaxrec.models.mutualrec import FriendGraph, friend_graph
from jaxrec.models.sr_hgnn import LevelGraph, level_graph
from jaxrec.registry.source import Source
from jaxrec.tasks.rating import biases_of

SOCIAL = "social"
"""The relation between users: friends, trust."""


def of_friends(source: Source) -> FriendGraph:
    """Who interacted with what, and who are friends."""
    return friend_graph(source.train, source.relations[SOCIAL])


def of_egos(source: Source) -> EgoGraph:
    """Who rated what, and who are friends; of every user what their own client knows."""
    return ego_graph(source.train, source.relations[SOCIAL])


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
    start = biases_of(source.train)
    given = source.train, source.relations[SOCIAL], alike, top_k, min_common
    return opinion_graph(*given, start.user, start.item)


def by_level(source: Source) -> LevelGraph:
    """Ratings by level, and friends; biases begin as the baseline of ratings has them."""
    start = biases_of(source.train)
    return level_graph(source.train, source.relations[SOCIAL], start.user, start.item)
