"""What of a session brought an item: the items before it, and facts about them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Interactions, lookup
from jaxrec.graph import SessionQuery
from jaxrec.runs.answer.serving import Trained
from jaxrec.tasks import RunData
from jaxrec.tasks.next_item.users import MAX_LENGTH


def explain_by_items(run: Trained, user_id: str, item_id: str, k: int) -> pl.DataFrame:
    """Columns path, hops and weight: earlier items (0 hops) and facts about them (1 hop).

    An item's weight is by how much the score of ``item_id``, less the mean of all items' scores,
    falls where the item is left out of the session. A fact's is what it adds to the score in a
    memory of facts. Both are largest first by their size; one that speaks against is below 0.

    Raises:
      InputError: an unknown id, or a user without items.
    """
    served = run.encoded()
    user = int(lookup(run.data.user_ids, [user_id])[0])
    item = int(lookup(run.data.item_ids, [item_id])[0])
    known = served.known.take(np.flatnonzero(served.known.user == user))
    history = known.item[known.by_time()][-MAX_LENGTH:]
    if not len(history):
        raise InputError(f"{user_id} has no items, so none can have brought {item_id}")
    left_out, names = _left_out(served, history, item), _names(run.data)
    rows = [(names[one], 0, weight) for one, weight in zip(history, left_out, strict=True)]
    weighed = registry.entry(run.options.model).facts_of
    if weighed is not None:
        rows += _facts(
            run, np.asarray(weighed(served.reps, _query(history), item, run.options)), history
        )
    rows = sorted(rows, key=lambda row: -abs(row[2]))[:k]
    return pl.DataFrame(
        rows, schema={"path": pl.String, "hops": pl.Int64, "weight": pl.Float64}, orient="row"
    )


def _left_out(served: Any, history: np.ndarray, item: int) -> list[float]:
    """By how much the score of ``item`` above the mean falls without each item of the history."""
    n, n_items = len(history), served.known.n_items
    place = np.arange(n)
    kept = (place[None] != np.append(-1, place)[:, None]).nonzero()  # Row 0 is the whole history.
    sessions = Interactions(
        kept[0].astype(np.int32), history[kept[1]].astype(np.int32), n + 1, n_items
    )
    model, reps = served.of_new_users(sessions)
    scores = np.asarray(jax.jit(model.score)(reps, jnp.arange(n + 1), jnp.arange(n_items)))
    above = scores[:, item] - scores.mean(axis=1)
    return (above[0] - above[1:]).tolist()


def _query(history: np.ndarray) -> SessionQuery:
    return SessionQuery(jnp.asarray(history)[None], jnp.ones((1, len(history)), bool))


def _facts(run: Trained, weight: np.ndarray, history: np.ndarray) -> list[tuple[str, int, float]]:
    """A row for each attribute of each earlier item that has a value of it."""
    graph, data = run.graph, run.data
    assert data.knowledge is not None
    relations, entities = data.knowledge.graph.relation_ids, data.knowledge.graph.entity_ids
    names, rows = _names(data), []
    columns = zip(*(np.asarray(column) for column in graph[:3]), strict=True)
    values: dict[tuple[int, int], list[int]] = {}
    for item, attribute, value in columns:
        values.setdefault((int(item), int(attribute)), []).append(int(graph.values[value]))
    for place, item in enumerate(history):
        for attribute, one in enumerate(weight[place]):
            if has := values.get((int(item), attribute)):
                said = " and ".join(str(entities[value]) for value in has)
                relation = relations[int(graph.attributes[attribute])]
                rows.append((f"{names[item]} -[{relation}]-> {said}", 1, float(one)))
    return rows


def _names(data: RunData) -> list[str]:
    ids = data.item_ids if data.titles is None else data.titles
    return ids.cast(pl.String).to_list()
