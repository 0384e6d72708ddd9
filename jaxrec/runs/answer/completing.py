"""Facts completed by a trained run: the best entities for a missing end."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
import polars as pl
import scipy.sparse
from jaxtyping import Array, Int

from jaxrec.base import InputError
from jaxrec.data import Triples, lookup
from jaxrec.graph import Csr
from jaxrec.models import among_types, answer_types
from jaxrec.rank import top_lists
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import LinkData

End = Literal["head", "tail"]
HideKnown = Literal["known", "none"]


class Asked(NamedTuple):
    """``reps`` of ``by_rows``: row q asks ``(entity[q], relation[q])``."""

    reps: Any
    entity: Int[np.ndarray, "Q"]
    relation: Int[np.ndarray, "Q"]


def complete(
    served: Served,
    given: End,
    ids: Sequence[str],
    relation: str | None = None,
    k: int = 10,
    hide: HideKnown = "known",
    unknown: Unknown = SKIP,
) -> pl.DataFrame:
    """Columns head, relation, tail, rank and score: the best ``k`` for the end that is missing.

    An entity is not listed for itself, unless facts of the relation join one with itself.

    Args:
      given: the end of a fact that ``ids`` stand at.
      relation: None is the only one of the run.
      hide: "known" leaves out what facts of any slice say already.

    Raises:
      InputError: ``k`` below 1, an unknown relation, or no known id.
    """
    if k < 1:
        raise InputError(f"--k is {k}; give 1 or more")
    data: LinkData = served.data
    row = _relation(data, relation)
    entity = unknown.known(data.entity_ids, ids, given)
    entity = entity[np.sort(np.unique(entity, return_index=True)[1])]
    every = data.split.learn_all().train
    asks = row + (every.n_relations if given == "tail" else 0)
    both = every.both_ways()
    facts = both.take(both.relation == asks)
    score, reps = among_types(served.model.score, served.reps, answer_types(every))
    n, queries = len(data.entity_ids), np.arange(len(entity), dtype=np.int32)
    lists = top_lists(
        _by_rows(score),
        Asked(reps, entity, np.full(len(entity), asks, np.int32)),
        queries,
        n,
        min(k, n),
        seen=_left_out(facts, entity, hide),
        tie_break=np.bincount(facts.tail, minlength=n).astype(np.float32),
    )
    if lists.alike is not None and (n_alike := int(lists.alike.sum())):
        log.say(
            f"{n_alike:,} of {len(entity):,} questions get the same score for all entities from "
            "this model; they get the most frequent answers"
        )
    shown = (lists.item >= 0) & np.isfinite(lists.score)
    query, place = np.nonzero(shown)
    found = {
        given: data.entity_ids.gather(entity[query]),
        "relation": data.relation_ids.gather(np.full(len(query), row)),
        "tail" if given == "head" else "head": data.entity_ids.gather(lists.item[shown]),
        "rank": place + 1,
        "score": lists.score[shown],
    }
    return pl.DataFrame(found).select("head", "relation", "tail", "rank", "score")


@lru_cache(maxsize=16)
def _by_rows(score: Callable[..., Any]) -> Callable[..., Any]:
    """A score of ``(entity, relation)`` as one of the rows of ``Asked``."""

    def scored(asked: Asked, rows: Int[Array, "B"], items: Array) -> Array:
        query = jnp.asarray(asked.entity)[rows], jnp.asarray(asked.relation)[rows]
        return score(asked.reps, query, items)

    return scored


def _relation(data: LinkData, name: str | None) -> int:
    if name is not None:
        return int(lookup(data.relation_ids, [name])[0])
    if len(data.relation_ids) > 1:
        named = ", ".join(map(str, data.relation_ids[:5]))
        more = ", ..." if len(data.relation_ids) > 5 else ""
        raise InputError(f"say by which relation: --relation, one of {named}{more}")
    return 0


def _left_out(facts: Triples, entity: Int[np.ndarray, "Q"], hide: HideKnown) -> Csr | None:
    """By row of ``entity``, answers that are known, and itself where no fact is such."""
    n, rows = facts.n_entities, np.arange(len(entity))
    pairs = np.ones(len(facts) * (hide == "known"), np.int8)
    known = scipy.sparse.csr_array(
        (pairs, (facts.head[: len(pairs)], facts.tail[: len(pairs)])), shape=(n, n)
    )[entity]
    if not np.any(facts.head == facts.tail):
        itself = np.ones(len(entity), np.int8)
        known = known + scipy.sparse.csr_array((itself, (rows, entity)), shape=known.shape)
    found = scipy.sparse.csr_array(known)
    found.sum_duplicates()
    indptr, indices = (part.astype(np.int32) for part in (found.indptr, found.indices))
    return Csr(indptr, indices, np.flatnonzero(np.diff(indptr)).astype(np.int32))
