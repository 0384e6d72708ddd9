"""The task of ranking users for users: who may be a friend next."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxrec.base import Batch, InputError, Key
from jaxrec.data import Interactions, KnowledgeGraph, Triples
from jaxrec.evaluate import EvalTask, Measured, measure_friend_baselines
from jaxrec.models import one_table
from jaxrec.rank import OnProgress
from jaxrec.tasks.friends.friend_data import FriendData
from jaxrec.tasks.friends.options import RunOfFriends
from jaxrec.tasks.ranking import RANKING
from jaxrec.tasks.task import Batches


def undirected(graph: KnowledgeGraph, options: Any) -> KnowledgeGraph:
    """The links of one relation, each once whatever its direction, and none of a user with itself.

    A link that a split of the data's own has in several slices stays in all of them, so that leak
    checks find it.

    Raises:
      InputError: several relations, or no link between two users.
    """
    del options
    facts, names = graph.triples, graph.relation_ids
    if len(names) > 1 or facts.kind is not None:
        listed = ", ".join(map(str, names[:12])) + (", ..." if len(names) > 12 else "")
        raise InputError(
            f"{graph.name} has the relations {listed}; name that of users with users: --relations"
        )
    ends = np.sort(np.stack([facts.head, facts.tail], axis=1), axis=1)
    part = np.zeros(len(facts), np.int8) if graph.given is None else graph.given
    _, first = np.unique(np.column_stack([ends, part]), axis=0, return_index=True)
    itself = ends[:, 0] == ends[:, 1]
    kept = np.sort(first[~itself[first]])
    if not len(kept):
        raise InputError(f"{graph.name} has no link between two users; give 1 or more")
    triples = Triples(*_columns(ends[kept]), facts.n_entities, 1)
    given = None if graph.given is None else graph.given[kept]
    counts = {"from_either_end": len(facts) - int(itself.sum()) - len(kept)}
    counts = graph.counts | counts | {"self": graph.counts.get("self", 0) + int(itself.sum())}
    changed = {"triples": triples, "given": given, "counts": counts, "undirected": (0,)}
    return dataclasses.replace(graph, **changed)


def _columns(ends: Any) -> tuple[Any, Any, Any]:
    head, tail = ends.T.astype(np.int32)
    return head, np.zeros_like(head), tail


def _check(options: Any, reads: Sequence[str]) -> None:
    RANKING.check(options, reads)
    if options.directed:
        raise InputError("--directed is given, and friends count in both directions; leave it out")
    if options.start == "spectral":
        raise InputError("--start spectral is of two tables, and friends have one; leave it out")


def _batches(options: Any, train: Interactions) -> Batches:
    found = RANKING.batches(options, train)
    return found._replace(sample=_without_self(found.sample))


@lru_cache(maxsize=16)
def _without_self(sample: Callable[[Key, Any], Batch]) -> Callable[[Key, Any], Batch]:
    """Batches in which no user is a candidate of their own."""

    def drawn(key: Key, tables: Any) -> Batch:
        batch = sample(key, tables)
        other = jnp.atleast_2d(batch.item) != batch.query[:, None]
        return batch._replace(mask=batch.mask & other)

    return drawn


def _baselines(
    asked: EvalTask, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    return measure_friend_baselines(asked, options.k, on_progress)


FRIENDS = RANKING._replace(
    name="friends",
    select="recall@10",
    split=("rows", "rows"),
    verbs=frozenset({"recommend"}),
    check=_check,
    batches=_batches,
    baselines=_baselines,
    asked=lambda asked: f"{asked.n_measured:,} ends of links of {len(asked.users):,} users",
    data=FriendData,
    restated=RunOfFriends,
    prepare=undirected,
    shape=one_table,
    advice="Friends in common are hard to beat in dense circles; try jaxrec tune --model {}, or "
    "--loss softmax --candidates in_batch",
)
"""Which friends for a user? All who are no friends are ranked; metrics are those of ``RANKING``."""
