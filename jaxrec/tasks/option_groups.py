"""Groups of options, by which ``--help`` lists them.

An option is in the group that is marked on it (``epochs: MostUsed[int] = 10``), or else in that of
the class that defines it (``GROUP = TRAINING``). A class without groups lists all in one.
"""

import inspect
from typing import Annotated, NamedTuple, TypeVar, get_args

T = TypeVar("T")


class Group(NamedTuple):
    """A group of options; the help lists groups in order of ``place``."""

    place: int
    title: str


UNGROUPED = Group(0, "Options")
MOST_USED = Group(0, "Most used")
SEARCH = Group(1, "Search")
DATA = Group(2, "Data")
SPLIT = Group(3, "Split and metrics")
LOSS = Group(4, "Loss and negatives")
TRAINING = Group(5, "Training")
ESTIMATES = Group(5, "Estimates")
FEDERATED = Group(5, "Federated learning")
NEW_USERS = Group(5, "New users")
RUN = Group(7, "Run")
OTHER = Group(7, "Other")

MostUsed = Annotated[T, MOST_USED]
NewUsers = Annotated[T, NEW_USERS]


def of_model(name: str) -> Group:
    """The group of options that belong to a model alone."""
    return Group(6, f"Model: {name}")


def group_of(kind: type, name: str) -> Group:
    """The group of an option of the dataclass ``kind``, as the base that brings it says."""
    base = next(base for base in reversed(kind.__mro__) if name in inspect.get_annotations(base))
    marks = get_args(inspect.get_annotations(base)[name])
    marked = (mark for mark in marks if isinstance(mark, Group))
    return next(marked, vars(base).get("GROUP", UNGROUPED))
