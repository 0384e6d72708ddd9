"""Tasks by their names."""

from jaxrec.base import InputError
from jaxrec.tasks.clicks import CLICKS
from jaxrec.tasks.friends import FRIENDS
from jaxrec.tasks.item_to_item import ITEM_TO_ITEM
from jaxrec.tasks.links import LINKS
from jaxrec.tasks.next_item import NEXT_ITEM
from jaxrec.tasks.nodes import NODES
from jaxrec.tasks.ranking import RANKING
from jaxrec.tasks.rating import RATING
from jaxrec.tasks.task import Task

TASKS = {
    task.name: task
    for task in (RANKING, RATING, NEXT_ITEM, CLICKS, ITEM_TO_ITEM, FRIENDS, LINKS, NODES)
}


def named(name: str) -> Task:
    """The task of that name.

    Raises:
      InputError: there is none.

    >>> named("rating").select
    'rmse'
    """
    if name not in TASKS:
        raise InputError(f"no task is called {name!r}: {', '.join(TASKS)}")
    return TASKS[name]
