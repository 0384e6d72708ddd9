"""Mappings whose values are made when they are looked up."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import getitem
from typing import Generic, TypeVar

V = TypeVar("V")
W = TypeVar("W")


class LazyDict(Mapping[str, V], Generic[V]):
    """A mapping that makes each value at its first lookup and keeps it; read only.

    Names are known at once: ``in``, ``len`` and iteration make nothing.

    >>> sizes = LazyDict({"trust": lambda: print("reading") or 7})
    >>> "trust" in sizes, list(sizes)
    (True, ['trust'])
    >>> sizes["trust"], sizes["trust"]
    reading
    (7, 7)
    """

    def __init__(self, makers: Mapping[str, Callable[[], V]]):
        """Takes what makes the value of each name."""
        self._makers = dict(makers)
        self._made: dict[str, V] = {}

    def __getitem__(self, name: str) -> V:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __repr__(self) -> str:
        return f"LazyDict of {', '.join(self._makers) or 'nothing'}"


def map_values(change: Callable[[str, V], W], values: Mapping[str, V]) -> LazyDict[W]:
    """``change(name, value)`` of every value, when it is looked up.

    >>> dict(map_values(lambda name, n: n + 1, {"a": 1}))
    {'a': 2}
    """
    return LazyDict({name: partial(_changed, change, values, name) for name in values})


def merge(*parts: Mapping[str, V]) -> LazyDict[V]:
    """All names of all parts, with the value of the last that has it.

    >>> dict(merge({"a": 1, "b": 2}, {"b": 3}))
    {'a': 1, 'b': 3}
    """
    return LazyDict({name: partial(getitem, part, name) for part in parts for name in part})


def _changed(change: Callable[[str, V], W], values: Mapping[str, V], name: str) -> W:
    return change(name, values[name])
