"""Ripple sets: facts that spread in a knowledge graph from what a user has."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError
from jaxrec.data import Triples, check_entities
from jaxrec.graph.csr import Csr
from jaxrec.graph.positions import sample_positions

BLOCK = 32
"""Facts of one relation that stand together, so that its matrix is read once for all of them."""


class Ripples(NamedTuple):
    """M facts of every user and hop, out of one table of facts in blocks of equal relation.

    Attributes:
      fact: places in the table read row by row.
      mask: False marks padding; a user without facts has nothing else.
      head, tail: of every fact in the table; 0 where a block is not full.
      relation: of every block.
    """

    fact: Int[Array, "U H M"] | Int[np.ndarray, "U H M"]
    mask: Bool[Array, "U H M"] | Bool[np.ndarray, "U H M"]
    head: Int[Array, "G P"] | Int[np.ndarray, "G P"]
    tail: Int[Array, "G P"] | Int[np.ndarray, "G P"]
    relation: Int[Array, "G"] | Int[np.ndarray, "G"]


def ripples(
    triples: Triples,
    likes: Csr,
    entity: Int[np.ndarray, "I"],
    n_hops: int = 2,
    n_memories: int = 32,
    pad: bool = False,
    seed: int = 0,
) -> Ripples:
    """Draws ``n_memories`` facts a hop and user, once.

    The facts of hop 1 have as head an entity of one of the user's items; those of hop k a tail that
    was *drawn* at hop k - 1. They are drawn without replacement from as many or more; from fewer
    with replacement, or with ``pad`` each once. Facts are read from head to tail alone. A hop that
    reaches no fact repeats the hop before; where hop 1 reaches none, the user has none at all.
    Cost O(T log T + U H M^2).

    Wang et al., RippleNet, CIKM 2018, https://arxiv.org/abs/1803.03467, definitions of relevant
    entities and ripple sets. In the reference code an entity that was drawn twice spreads twice;
    here, as in the definitions, entities are a set.

    Args:
      likes: *training* items of every user: others would tell the answer.
      entity: that of every item.

    Raises:
      InputError: fewer than one hop or memory, or an entity that is not there.
    """
    if min(n_hops, n_memories) < 1:
        raise InputError(f"n_hops is {n_hops} and n_memories {n_memories}; give 1 or more of each")
    liked = np.asarray(likes.indices)
    n_items = max(len(entity), int(liked.max(initial=-1)) + 1)
    check_entities(entity, n_items, triples.n_entities)
    order = np.lexsort((triples.tail, triples.relation, triples.head))
    sorted_ = triples.take(order)
    out = np.bincount(sorted_.head, minlength=triples.n_entities)
    first, rng = np.cumsum(out) - out, np.random.default_rng(seed)
    n_users = len(likes.indptr) - 1
    users = np.repeat(np.arange(n_users), np.diff(np.asarray(likes.indptr)))
    pairs = _distinct(users, entity[liked], triples.n_entities)
    fact = np.zeros((n_users, n_hops, n_memories), np.int64)
    mask = np.zeros(fact.shape, bool)
    for hop in range(n_hops):
        user, seeds = pairs
        ends = np.cumsum(out[seeds])  # Of every seed's facts, in one list, users in order.
        count = np.bincount(user, out[seeds], minlength=n_users).astype(np.int64)
        place, mask[:, hop] = sample_positions(count, n_memories, rng, pad)
        place = np.where(mask[:, hop], (np.cumsum(count) - count)[:, None] + place, 0)
        if count.any():
            seed_place = np.searchsorted(ends, place, side="right")
            fact[:, hop] = (first[seeds] - ends + out[seeds])[seed_place] + place
        if hop:  # One that reaches nothing repeats the one before.
            stays = ~mask[:, hop].any(axis=1)
            fact[stays, hop], mask[stays, hop] = fact[stays, hop - 1], mask[stays, hop - 1]
        user, _ = np.nonzero(mask[:, hop])
        pairs = _distinct(user, sorted_.tail[fact[:, hop][mask[:, hop]]], triples.n_entities)
    return _table(sorted_, fact, mask)


def _distinct(
    user: Int[np.ndarray, "n"], entity: Int[np.ndarray, "n"], n_entities: int
) -> tuple[Int[np.ndarray, "m"], Int[np.ndarray, "m"]]:
    """Each pair once, users in order."""
    user, entity = np.divmod(np.unique(user.astype(np.int64) * n_entities + entity), n_entities)
    return user, entity


def _table(
    triples: Triples, fact: Int[np.ndarray, "U H M"], mask: Bool[np.ndarray, "U H M"]
) -> Ripples:
    """The same facts, numbered in a table of those that are in use."""
    used = np.unique(fact[mask])
    used = used[np.argsort(triples.relation[used], kind="stable")]
    count = np.bincount(triples.relation[used], minlength=triples.n_relations)
    blocks = -(-count // BLOCK)
    kind = triples.relation[used]
    rank = np.arange(len(used)) - (np.cumsum(count) - count)[kind]
    place = (np.cumsum(blocks) - blocks)[kind] * BLOCK + rank
    n_blocks = max(int(blocks.sum()), 1)
    ends = np.zeros((2, n_blocks * BLOCK), np.int32)
    ends[:, place] = triples.head[used], triples.tail[used]
    relation = np.zeros(n_blocks, np.int32)
    relation[: blocks.sum()] = np.repeat(np.arange(triples.n_relations), blocks)
    row = np.zeros(max(len(triples), 1), np.int32)
    row[used] = place
    head, tail = ends.reshape(2, n_blocks, BLOCK)
    return Ripples(np.where(mask, row[fact], 0).astype(np.int32), mask, head, tail, relation)
