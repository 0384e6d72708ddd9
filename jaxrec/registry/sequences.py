"""Models of sessions, as the registry builds them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from jaxrec.base import Model
from jaxrec.graph import Sessions, sessions
from jaxrec.registry.source import Source


def histories(source: Source) -> Sessions:
    """The items of every user, oldest first, by time or else by place in the file."""
    train = source.train
    return sessions(train.user, train.item, train.n_items, train.time)


def of_sessions(factory: Callable[..., Model]) -> Callable[..., Model]:
    """A factory of a model whose queries are sessions: the number of users is not read."""

    @wraps(factory)
    def build(graph: Any, n_users: int, n_items: int, **options: Any) -> Model:
        del n_users  # Queries are sessions, of anyone.
        return factory(graph, n_items, **options)

    return build


def without_graph(factory: Callable[..., Model]) -> Callable[..., Model]:
    """The factory of a model of sessions that reads no graph: the number of users is not read."""

    @wraps(factory)
    def build(n_users: int, n_items: int, **options: Any) -> Model:
        del n_users  # Queries are sessions, of anyone.
        return factory(n_items, **options)

    return build
