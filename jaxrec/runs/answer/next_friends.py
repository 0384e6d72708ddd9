"""Whom users may befriend next, of a run whose model ranks friends."""

from typing import Any

import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.graph import Csr, homogeneous
from jaxrec.ops import dot
from jaxrec.rank import top_lists
from jaxrec.registry.social_graphs import SOCIAL
from jaxrec.runs import log
from jaxrec.runs.answer.answers import Hide, each_once, recommendations
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import FRIENDS, FriendData, RunData


def check_friends(options: Any) -> None:
    """Refuses a run that does not rank friends.

    Raises:
      InputError: names what does.
    """
    if registry.entry(options.model).friends is None and options.task != FRIENDS.name:
        able = " and ".join(name for name, entry in registry.MODELS.items() if entry.friends)
        raise InputError(
            f"{options.model} for the task {options.task} ranks no friends; {able} does (jaxrec "
            f"train --model {able}), and so does a model of --task {FRIENDS.name}"
        )


def next_friends(
    trained: Trained,
    users: pl.Series | None,
    k: int = 10,
    hide: Hide = "seen",
    unknown: Unknown = SKIP,
) -> pl.DataFrame:
    """Columns user, friend, rank, score, best first, for the users with these ids, or for all.

    Nobody is their own next friend.

    Args:
      hide: "none" lists those that a user is linked to already, either way, as well.

    Raises:
      InputError: a model that ranks no friends, or no known user.
    """
    check_friends(trained.options)
    data: RunData = trained.data
    ids = data.user_ids
    if isinstance(data, FriendData):
        asked = ids.sort() if users is None else users
        return recommendations(trained.encoded(), asked, k, hide, unknown=unknown)
    asked = ids.sort() if users is None else users
    rows = each_once(unknown.known(ids, [str(user) for user in asked], "user"), "users")
    towers = registry.entry(trained.options.model).friends
    assert towers is not None, "checked"
    lists = top_lists(
        dot, towers(trained.encoded().reps), rows, len(ids), k, seen=_linked(data, hide)
    )
    shown = lists.item >= 0
    if n_empty := int((~shown.any(axis=1)).sum()):
        log.say(f"{n_empty:,} of {len(rows):,} users are friends of all: no rows for them")
    each, place = np.nonzero(shown)
    return pl.DataFrame(
        {
            "user": ids.gather(rows[each]),
            "friend": ids.gather(lists.item[shown]),
            "rank": place + 1,
            "score": lists.score[shown],
        }
    )


def _linked(data: RunData, hide: Hide) -> Csr:
    """Those that each user is linked to, and the user."""
    n, every = len(data.user_ids), np.arange(len(data.user_ids) + 1, dtype=np.int32)
    if hide == "none":
        return Csr(every, every[:-1], every[:-1])
    both = data.relations[SOCIAL].both_directions()
    graph = homogeneous(both.senders, both.receivers, n, self_loops=True)
    starts = np.searchsorted(np.asarray(graph.receivers), every).astype(np.int32)
    return Csr(starts, np.asarray(graph.senders), every[:-1])
