"""What models of friends and trust read, as the command line offers it."""

from jaxrec.models.mutualrec import FriendGraph, friend_graph
from jaxrec.registry.source import Source

SOCIAL = "social"
"""The relation between users: friends, trust."""


def of_friends(source: Source) -> FriendGraph:
    """Who interacted with what, and who are friends."""
    return friend_graph(source.train, source.relations[SOCIAL])
