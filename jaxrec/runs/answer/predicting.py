"""What a run says of pairs of users and items: ratings, or chances."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.evaluate import pair_scores
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import RunData


def predict(
    run: Trained, users: Sequence[str], items: Sequence[str], unknown: Unknown = SKIP
) -> pl.DataFrame:
    """Columns user, item and prediction, a row a pair, in their order.

    Pairs with an id that the run does not know are left out; a line of the log counts the ids.

    Raises:
      InputError: a run that ranks and predicts nothing, or no pair whose ids are known.
    """
    task = registry.task_of(run.options)
    if "predict" not in task.verbs:
        tasks = {one for entry in registry.MODELS.values() for one in entry.tasks}
        names = sorted(one.name for one in tasks if "predict" in one.verbs and one.data is RunData)
        raise InputError(
            f"this run of {run.options.model} was trained with --task {task.name}, and its scores "
            f"are no predictions; train with --task {' or '.join(names)} (jaxrec models lists the "
            "models of each)"
        )
    if len(users) != len(items):
        raise InputError(f"{len(users)} users and {len(items)} items; give pairs, one of each")
    user = unknown.rows(run.data.user_ids, users, "user")
    item = unknown.rows(run.data.item_ids, items, "item")
    known = (user >= 0) & (item >= 0)
    if not known.any():
        raise InputError("of no pair are both ids known; name pairs of users and items of the run")
    served = run.encoded()
    scores = pair_scores(served.model, served.reps, user[known], item[known])
    return pl.DataFrame(
        {
            "user": run.data.user_ids.gather(user[known]),
            "item": run.data.item_ids.gather(item[known]),
            "prediction": np.asarray(registry.task_of(run.options).prediction(scores)),
        }
    )
