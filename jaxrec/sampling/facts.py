"""Batches of questions that facts answer, with entities that could stand in the answer's place.

Both ends are asked for, each half of the time: relation r asks for the tail, r + R for the head
(``models.triples``). Uniform candidates are drawn from the answer's type; those that a batch shares
are masked where they are of another, and so is the answer where it is drawn again. Other true
answers are not, as in the papers cited.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Batch, InputError, Key
from jaxrec.data import Triples


class Bucket(NamedTuple):
    """Facts, and which entities may stand at their ends.

    Attributes:
      n: how many of the entries are facts; the rest is padding.
      types: of each, first place in ``member`` and number of its entities.
      kind: type of every entity.
      member: entities in the order of their types.
      log_q: log of how often ``shared_entities`` has each entity among its candidates on average,
        where tails are asked for and where heads are (``corrected``); None corrects nothing.
    """

    head: Int[Array, "n"] | Int[np.ndarray, "n"]
    relation: Int[Array, "n"] | Int[np.ndarray, "n"]
    tail: Int[Array, "n"] | Int[np.ndarray, "n"]
    n: Int[Array, ""] | Int[np.ndarray, ""]
    types: Int[Array, "T 2"] | Int[np.ndarray, "T 2"]
    kind: Int[Array, "E"] | Int[np.ndarray, "E"]
    member: Int[Array, "E"] | Int[np.ndarray, "E"]
    log_q: Float[Array, "2 E"] | Float[np.ndarray, "2 E"] | None = None


def bucket(facts: Triples, kind: Int[np.ndarray, "E"] | None = None) -> Bucket:
    """All facts, on the host; any entity may stand at either end.

    Args:
      kind: type of every entity of a typed network (``data.Network.kind``); None for those that
        ``facts`` have, or one type.

    Raises:
      InputError: no facts, types of another number of entities, or a type below 0.
    """
    kind = checked_kind(facts, kind)
    count = np.bincount(kind)
    every = np.stack([np.cumsum(count) - count, count], axis=1).astype(np.int32)
    member = np.argsort(kind, kind="stable").astype(np.int32)
    n = np.array(len(facts), np.int32)
    return Bucket(facts.head, facts.relation, facts.tail, n, every, kind, member)


def checked_kind(facts: Triples, kind: Int[np.ndarray, "E"] | None) -> Int[np.ndarray, "E"]:
    """The types to train with; None is those of ``facts``, or one for all.

    Raises:
      InputError: as ``bucket``.
    """
    if not len(facts):
        raise InputError("there are no triples to train on; give 1 or more")
    kind = facts.kind if kind is None else kind
    kind = np.zeros(facts.n_entities, np.int32) if kind is None else kind
    if len(kind) != facts.n_entities:
        raise InputError(
            f"kind has {len(kind)} entries for {facts.n_entities} entities; give one an entity"
        )
    if kind.min() < 0:
        raise InputError(f"kind has {kind.min()}; number types from 0")
    return kind


def check_batch(batch_size: int, n: int = 0) -> None:
    """Refuses batches of no questions, and fewer than no candidates."""
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; give 1 or more")
    if n < 0:
        raise InputError(f"n is {n} candidates beside the answers; give 0 or more")


def shared_entities(key: Key, facts: Bucket, n_relations: int, batch_size: int, n: int) -> Batch:
    """Questions about one end, whose candidates are the batch's answers, then ``n`` uniform.

    All questions of a batch ask for the same end, by a toss, so that they share their candidates
    and one product scores them; query b has its answer in column b. Uniform candidate j is of the
    type of answer ``j mod B``: types have as many as the batch has questions. Cost O(B (B + n)).

    Lerer et al., PyTorch-BigGraph, MLSys 2019, section 4.3: half of the negatives from the batch,
    half uniform.

    Raises:
      InputError: ``batch_size`` below 1 or ``n`` below 0.
    """
    check_batch(batch_size, n)
    key_end, key_fact, key_uniform = jax.random.split(key, 3)
    inverse = jax.random.bernoulli(key_end)
    query, answer = _questions(key_fact, facts, n_relations, inverse, batch_size)
    uniform = _alike(key_uniform, facts, jnp.resize(answer, (n,)), (n,))
    item = jnp.concatenate([answer, uniform.astype(answer.dtype)])
    own = jnp.eye(batch_size, batch_size + n, dtype=bool)
    column = jnp.broadcast_to(item[None], own.shape)
    mask = own | _possible(facts, answer, column)
    batch = Batch(query, item, own.astype(jnp.float32), mask)
    if facts.log_q is None:
        return batch
    # The answer's copies are masked, so its own column stands for all of them.
    copies = jnp.sum(column == answer[:, None], axis=1, keepdims=True)
    log_q = jnp.asarray(facts.log_q)[inverse.astype(jnp.int32), column]
    return batch._replace(log_q=log_q - jnp.where(own, jnp.log(copies), 0))


def corrected(facts: Bucket, batch_size: int, n: int) -> Bucket:
    """The same with ``log_q``, by which ``train.rank`` corrects scores of ``shared_entities``.

    Subtracted from scores it makes a softmax over such candidates estimate the one over all that
    may stand there; without, frequent entities are held down by standing in the batch. An entity e
    that stands there c_e times where lambda_e are expected was the one asked for with a chance of
    ``exp(s_e) c_e / lambda_e`` over their sum, for ``Poisson(c - 1) / Poisson(c) = c / lambda``
    (of B - 1 others, taken as B). On the host.

    Raises:
      InputError: as ``shared_entities``.
    """
    check_batch(batch_size, n)
    kind, size = np.asarray(facts.kind), np.asarray(facts.types)[:, 1]
    rows = []
    for end in (facts.tail, facts.head):
        answer = np.asarray(end)[: int(facts.n)]
        in_batch = np.bincount(answer, minlength=len(kind)) / len(answer)
        of_type = np.bincount(kind[answer], minlength=len(size)) / len(answer)
        uniform = np.where(kind >= 0, (of_type / np.maximum(size, 1))[kind], 0)
        with np.errstate(divide="ignore"):
            rows.append(np.log(batch_size * in_batch + n * uniform))
    return facts._replace(log_q=np.stack(rows).astype(np.float32))


def listed_entities(key: Key, facts: Bucket, n_relations: int, batch_size: int, n: int) -> Batch:
    """Questions about either end, each with its answer in column 0 and ``n`` uniform after it.

    All candidates are of the answer's type.

    Raises:
      InputError: as ``shared_entities``.
    """
    check_batch(batch_size, n)
    key_question, key_uniform = jax.random.split(key)
    query, answer = _either_end(key_question, facts, n_relations, batch_size)
    uniform = _alike(key_uniform, facts, answer[:, None], (batch_size, n))
    item = jnp.concatenate([answer[:, None], uniform.astype(answer.dtype)], axis=1)
    label = jnp.zeros(item.shape).at[:, 0].set(1)
    return Batch(query, item, label, (label > 0) | _possible(facts, answer, item))


def _questions(key, facts: Bucket, n_relations: int, inverse, batch_size: int):
    """Of uniform facts what is asked, by which relation, and the answer."""
    row = jax.random.randint(key, (batch_size,), 0, facts.n)
    head, relation, tail = (jnp.asarray(column)[row] for column in facts[:3])
    entity, answer = jnp.where(inverse, tail, head), jnp.where(inverse, head, tail)
    query = entity, relation + inverse.astype(relation.dtype) * n_relations
    return query, answer


def _either_end(key, facts: Bucket, n_relations: int, batch_size: int):
    """The same with an end by toss for each."""
    key_end, key_fact = jax.random.split(key)
    inverse = jax.random.bernoulli(key_end, shape=(batch_size,))
    return _questions(key_fact, facts, n_relations, inverse, batch_size)


def _alike(key, facts: Bucket, answer, shape: tuple[int, ...]):
    """Uniform over the entities of the answer's type."""
    span = jnp.asarray(facts.types)[jnp.asarray(facts.kind)[answer]]
    first, size = span[..., 0], span[..., 1]
    return jnp.asarray(facts.member)[first + jax.random.randint(key, shape, 0, size)]


def _possible(facts: Bucket, answer: Int[Array, "B"], item: Int[Array, "B C"]):
    """Candidates of the answer's type that are not the answer."""
    kind = jnp.asarray(facts.kind)
    return (kind[item] == kind[answer][:, None]) & (item != answer[:, None])
