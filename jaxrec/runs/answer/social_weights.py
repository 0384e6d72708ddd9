"""Which of their items and friends a social model knows a user by."""

from functools import partial

import jax
import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.data import lookup
from jaxrec.models import WithShare
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.model_options import arguments
from jaxrec.tasks import RunData

SCHEMA = {"through": pl.String, "id": pl.String, "weight": pl.Float64}


def explain_by_weights(run: Trained, user_id: str, item_id: str, k: int = 10) -> pl.DataFrame:
    """Columns through ("item" or "friend"), id, weight, and title where there are titles.

    The ``k`` items and the ``k`` friends with the largest weights, of each heaviest first. The
    weights of all items of a user sum to 1, and so do those of all friends. They are
    the same for every item: these models score all items by one vector of the user.

    Raises:
      InputError: an unknown id.
    """
    data: RunData = run.data
    user = int(lookup(data.user_ids, [user_id])[0])
    lookup(data.item_ids, [item_id])  # Refuses an unknown one.
    weigh = registry.entry(run.options.model).attends
    assert weigh is not None, "checked"
    graph = run.graph.inner if isinstance(run.graph, WithShare) else run.graph
    weigh = partial(weigh, **arguments(run.options, weigh))
    found = jax.jit(weigh)(run.params, graph)
    parts = [
        _part("item", data.item_ids, found.items, found.of_items, user, k, data.titles),
        _part("friend", data.user_ids, found.friends, found.of_friends, user, k, None),
    ]
    for part, what in zip(parts, ("training interactions", "links to users"), strict=True):
        if not part.height:
            log.say(f"{user_id} has no {what}, so that nothing comes from these")
    frame = pl.concat(parts)
    return frame if data.titles is not None else frame.drop("title")


def _part(through, ids, edges, weights, user: int, k: int, titles) -> pl.DataFrame:
    place = np.flatnonzero(np.asarray(edges.receivers) == user)
    weight = np.asarray(weights, np.float64)[place]
    order = np.argsort(-weight, kind="stable")[:k]
    rows = np.asarray(edges.senders)[place[order]]
    titled = pl.Series([None] * len(rows), dtype=pl.String) if titles is None else titles[rows]
    columns = {
        "through": pl.Series([through] * len(rows), dtype=pl.String),
        "id": ids.gather(rows).cast(pl.String),
        "weight": weight[order],
        "title": titled,
    }
    return pl.DataFrame(columns, schema_overrides=SCHEMA)
