"""Held-out links of a model that ranks items and friends: who measures its friends, and how."""

from typing import Any, NamedTuple

import polars as pl

from jaxrec import registry
from jaxrec.base import Model
from jaxrec.data import split_links
from jaxrec.evaluate import EvalTask, Measured
from jaxrec.ops import dot
from jaxrec.registry.social_graphs import SOCIAL
from jaxrec.runs.progress import RankingProgress
from jaxrec.tasks import FRIENDS, RunData
from jaxrec.tasks.friends import friend_data


class MeasuredFriends(NamedTuple):
    """What a model and the baselines of friends are worth on held-out links.

    Attributes:
      queries: ids of the users who are measured, in the order of what was measured.
      asked: how much is asked of whom, in words.
    """

    queries: pl.DataFrame
    asked: str
    model: Measured
    baselines: dict[str, Measured]


def friend_question(data: Any, options: Any) -> EvalTask | None:
    """What held-out links ask, among all who are no friends; None where none are held out.

    Raises:
      InputError: no user has links on both sides.
    """
    if registry.entry(options.model).friends is None or not isinstance(data, RunData):
        return None
    social = data.relations[SOCIAL]
    if social.given is None:
        return None
    return FRIENDS.question(friend_data(split_links(social), data.user_ids), "test", options)


def measure_friends(
    model: Model, reps: Any, question: EvalTask, data: Any, options: Any
) -> MeasuredFriends:
    """Ranks next friends by ``Entry.friends``, and measures them as the task ``friends`` does."""
    towers = registry.entry(options.model).friends
    assert towers is not None, "there is a question"
    ranks = model._replace(score=dot)
    with RankingProgress("measuring friends", FRIENDS.counts) as bar:
        found = FRIENDS.measure(ranks, towers(reps), question, options, bar)
    with RankingProgress("measuring the baselines", FRIENDS.counts) as bar:
        baselines = FRIENDS.baselines(question, options, bar)
    return MeasuredFriends(
        FRIENDS.queries(question, data), FRIENDS.asked(question), found, baselines
    )
