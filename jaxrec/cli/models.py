"""``jaxrec models``: what can be trained, what each model needs, and where it comes from."""

from jaxrec import registry
from jaxrec.cli import report
from jaxrec.cli.options.looking import ModelsOptions
from jaxrec.runs import checks
from jaxrec.tasks import (
    CLICKS,
    FRIENDS,
    ITEM_TO_ITEM,
    LINKS,
    NEXT_ITEM,
    NODES,
    RANKING,
    RATING,
)

MARKS = {
    "no training": "computed from the data at once",
    "features": "reads what is known of items in columns: --item-features FILE",
    "facts": "reads what is known of items: --kg FILE, or a data set that has facts",
    "friends": "reads friends or trust: --social FILE, or a data set that has such links",
    "lists": "ranks items for users: jaxrec recommend RUN --users ...",
    "links": "completes facts: jaxrec train --facts FILE, jaxrec complete RUN --head ...",
    "rating": "predicts ratings: jaxrec predict RUN --pairs FILE",
    "clicks": "predicts the chance of a click: jaxrec train --task clicks, jaxrec predict RUN",
    "next item": "ranks what comes next in a session, whose id is the user column",
    "related items": "ranks what goes with an item: --task item_to_item, and jaxrec similar RUN",
    "nodes": "classifies nodes: --data EDGES --labels FILE, and jaxrec predict RUN",
    "next friends": "ranks users for users by links alone: --task friends --data LINKS",
    "new users": "recommends to a list of items, too: jaxrec recommend RUN --items ...",
}
"""What stands beside a model's name, and what it means."""


def models(options: ModelsOptions) -> dict[str, tuple[str, str]]:
    """Prints what every model needs and is, and its paper; returns the last two by name."""
    del options
    found = {name: registry.about(name) for name in registry.MODELS}
    marks = _marks()
    for name, (what, paper) in found.items():
        beside = f" [{', '.join(marks[name])}]" if marks[name] else ""
        report.out.print(f"{name}{beside}\n  {what}\n  {paper}", soft_wrap=True, markup=False)
    legend = (f"[{mark}] {meaning}" for mark, meaning in MARKS.items())
    report.out.print("\n" + "\n".join(legend), soft_wrap=True, markup=False)
    report.out.print("\njaxrec train --model NAME --help shows the options of each", markup=False)
    return found


def _marks() -> dict[str, list[str]]:
    """By model, those of ``MARKS`` that hold."""
    folds_in = checks.models_that_fold_in()
    found = {}
    for name, entry in registry.MODELS.items():
        tasks = RANKING, LINKS, RATING, CLICKS, NEXT_ITEM, ITEM_TO_ITEM, NODES, FRIENDS
        answers = {task.name for task in entry.tasks}
        by_task = (task.name in answers for task in tasks)
        reads = "features" in entry.reads, entry.knows, bool(entry.links)
        holds = not entry.trained, *reads, *by_task, name in folds_in
        found[name] = [mark for mark, is_so in zip(MARKS, holds, strict=True) if is_so]
    return found
