"""The facts through which a user and an item meet."""

import jax.numpy as jnp
import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import lookup
from jaxrec.graph import Paths, strongest
from jaxrec.models import WithShare
from jaxrec.runs import log
from jaxrec.runs.answer.earlier_items import explain_by_items
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.answer.social_weights import explain_by_weights
from jaxrec.tasks import RunData


def explain(run: Trained, user_id: str, item_id: str, k: int = 10) -> pl.DataFrame:
    """Columns path, hops and weight: the strongest paths of facts from a user to an item.

    Of sessions, those of ``earlier_items.explain_by_items``; of models that read friends and say
    how they weigh them, those of ``social_weights.explain_by_weights``.

    Raises:
      InputError: a run of a model that reads no facts, an unknown id, or ``k`` below 1.
    """
    if k < 1:
        raise InputError(f"--k is {k}; give 1 or more")
    if registry.task_of(run.options).by_rows is not None:
        return explain_by_items(run, user_id, item_id, k)
    if registry.entry(run.options.model).attends is not None:
        return explain_by_weights(run, user_id, item_id, k)
    paths_of = registry.entry(run.options.model).explain
    if paths_of is None or run.data.knowledge is None:
        known = [name for name, one in registry.MODELS.items() if one.explain or one.attends]
        raise InputError(
            f"{run.options.model} has no paths to explain by; train one of {', '.join(known)}"
        )
    user = int(lookup(run.data.user_ids, [user_id])[0])
    item = int(lookup(run.data.item_ids, [item_id])[0])
    if user not in run.data.split.train.user:
        log.say(f"{user_id} has no training interactions: what weighs the facts is untrained")
    served = run.encoded()
    reps = served.reps
    reps = reps.inner if isinstance(reps, WithShare) else reps  # What --prior adds has no path.
    paths = strongest(paths_of(reps, user, item), k)
    facts, why = run.data.knowledge.graph.triples, []
    if run.data.knowledge.entity[item] not in np.append(facts.head, facts.tail):
        why.append(f"no fact is known of {item_id}")
    items = jnp.arange(len(run.data.item_ids))
    scores = served.model.score(served.reps, jnp.array([user]), items)
    if np.ptp(scores) == 0:
        why.append(f"the model gives all items the same score for {user_id}")
    if why:
        log.say(("" if len(paths.weight) else "there is no path: ") + ", and ".join(why))
    columns = {"path": told(paths, run.data, item), "hops": paths.n_facts(), "weight": paths.weight}
    return pl.DataFrame(columns, schema_overrides=SCHEMA)


AHEAD, BACK = " -[{}]-> {}", " <-[{}]- {}"
SCHEMA = {"path": pl.String, "hops": pl.Int64, "weight": pl.Float64}


def told(paths: Paths, data: RunData, item: int) -> list[str]:
    """Every path in a line: ``head -[relation]-> tail``, and ``tail <-[relation]- head``."""
    if data.knowledge is None:
        return []
    names = named(data, item)
    relations = data.knowledge.graph.relation_ids.cast(pl.String).to_list()
    lines = []
    for entity, relation, forward in zip(*paths[1:], strict=True):
        steps = [
            (AHEAD if ahead else BACK).format(relations[kind], names[end])
            for kind, ahead, end in zip(relation, forward, entity[1:], strict=True)
            if kind >= 0
        ]
        lines.append(names[entity[0]] + "".join(steps))
    return lines


def named(data: RunData, item: int) -> list[str]:
    """What to call every entity: the title of the one item that it is, or else its own name.

    Several items may be one entity; that of the item in question goes by the title of this one.
    """
    if data.knowledge is None:
        return []
    names = data.knowledge.graph.entity_ids.cast(pl.String).to_list()
    if data.titles is not None:
        n_items = np.bincount(data.knowledge.entity, minlength=len(names))
        for row, title in zip(data.knowledge.entity, data.titles, strict=True):
            if n_items[row] == 1:
                names[row] = title
        names[data.knowledge.entity[item]] = data.titles[item]
    return names
