"""What models of facts share: tables, the two ways to ask, scores by product and by distance.

A query is ``(entity, relation)`` and candidates are entities. Of R relations, rows ``[0, R)`` ask
for tails, ``(h, r, ?)``, and rows ``[R, 2R)`` for heads: ``(t, r + R)`` asks ``(?, r, t)``, as in
``data.Triples.both_ways``. A model ``reciprocal`` has 2R relation vectors, one for each way to
ask, and takes every question for one about tails. Lacroix et al., Canonical tensor decomposition
for knowledge base completion, ICML 2018, https://arxiv.org/abs/1806.07297, section 3.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Batch, InputError, Key, Model, Params, Term

Query = tuple[Int[Array, "B"], Int[Array, "B"]]


class KgEmbeddings(NamedTuple):
    """``reps`` of the models of facts.

    Attributes:
      relation: a row a relation, or two of reciprocal relations.
    """

    entity: Float[Array, "E d"]
    relation: Float[Array, "R w"]


class Asked(NamedTuple):
    """The rows that queries read.

    Attributes:
      inverse: True where the head is asked for and its relation has no vector of its own.
    """

    entity: Float[Array, "B d"]
    relation: Float[Array, "B w"]
    inverse: Bool[Array, "B 1"]


def asked(reps: KgEmbeddings, queries: Query) -> Asked:
    """Rows of the queries ``(entity, relation)``."""
    entity, relation = queries
    n_rows = reps.relation.shape[0]
    inverse = (relation >= n_rows)[:, None]
    return Asked(reps.entity[entity], reps.relation[relation % n_rows], inverse)


def products(
    vector: Float[Array, "B d"],
    table: Float[Array, "E d"],
    items: Int[Array, "C"] | Int[Array, "B C"],
) -> Float[Array, "B C"]:
    """Inner products with rows of a table, shared ``[C]`` or listed ``[B, C]``."""
    rows = _rows(table, items)
    return vector @ rows.T if items.ndim == 1 else jnp.einsum("bd,bcd->bc", vector, rows)


def distances(
    vector: Float[Array, "B d"],
    table: Float[Array, "E d"],
    items: Int[Array, "C"] | Int[Array, "B C"],
) -> Float[Array, "B C"]:
    """Euclidean distances likewise; their gradient at 0 is 0.

    Shared rows cost one matrix product, ``|v|^2 - 2 v c + |c|^2``, which rounds: two vectors of
    length 1 are told apart from 3e-4 on.
    """
    if items.ndim == 2:
        squared = jnp.sum((vector[:, None] - table[items]) ** 2, axis=-1)
    else:
        rows = _rows(table, items)
        lengths = jnp.sum(vector**2, axis=1)[:, None] + jnp.sum(rows**2, axis=1)[None]
        # Of fewer bits, as GPU and TPU multiply by default, the difference would keep none.
        squared = lengths - 2 * jnp.matmul(vector, rows.T, precision="highest")
    # Chosen before the root, for the gradient of a root at zero is infinite on either branch.
    apart = squared > 0
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, squared, 1)), 0)


def _rows(table: Float[Array, "E d"], items: Array) -> Array:
    """``table[items]``; where that is the table itself no row is gathered, nor its gradient added
    up row by row."""
    if items.shape != table.shape[:1]:
        return table[items]
    whole = jnp.all(items == jnp.arange(len(table)))
    return jax.lax.cond(whole, lambda: table, lambda: table[items])


def tables(
    n_entities: int, n_relations: int, dim: int, init_scale: float, reciprocal: bool
) -> Callable[[Key], Params]:
    """Builds ``init`` of normal tables ``entity`` and ``relation``.

    Raises:
      InputError: sizes below 1.
    """
    sizes = {"n_entities": n_entities, "n_relations": n_relations, "dim": dim}
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"{name} is {size}; give 1 or more")
    normal = jax.nn.initializers.normal(init_scale)

    def init(key: Key) -> Params:
        key_entity, key_relation = jax.random.split(key)
        return {
            "entity": normal(key_entity, (n_entities, dim)),
            "relation": normal(key_relation, ((1 + reciprocal) * n_relations, dim)),
        }

    return init


def as_they_are(params: Params, graph: None = None, *, key: Key | None = None) -> KgEmbeddings:
    """The ``encode`` of tables: facts are in the batch, and nothing is random."""
    del graph, key
    return KgEmbeddings(params["entity"], params["relation"])


@lru_cache(maxsize=16)  # One function for equal arguments: what is compiled of it serves again.
def norms(power: float = 3.0, squares: Callable[[Array], Array] = jnp.square) -> Term:
    """Builds the penalty on the three vectors of each fact: a third of their norms to a power.

    ``(|e|_p^p + |r|_p^p + |a|_p^p) / 3`` averaged over facts, a the answer; p = 3 is the nuclear
    3-norm N3 of Lacroix et al., section 4, p = 2 the weighted Frobenius norm. Frequent entities are
    thus held more. A query has as many facts as answers, by label.

    Args:
      squares: of the numbers of a row; ``complex_kge.squares`` makes them complex.

    Raises:
      InputError: ``power`` below 2, whose slope at 0 is not finite.
    """
    if not power >= 2:
        raise InputError(f"power is {power}; give 2 or more")
    raised = _cubed if power == 3 else lambda squared: squared ** (power / 2)
    size = lambda rows: jnp.sum(raised(squares(rows)), axis=-1)

    def term(params: Params, reps: KgEmbeddings, batch: Batch) -> Float[Array, ""]:
        del params  # On what is scored.
        query = asked(reps, batch.query)
        label = jnp.where(batch.mask, batch.label, 0)
        total = jnp.sum(label, axis=1)  # [B]
        asks = jnp.sum(total * (size(query.entity) + size(query.relation)))
        often = jnp.sum(label, axis=0) if batch.item.ndim == 1 else label
        few = batch.item.size < len(reps.entity)  # Then rows are gathered, else their sizes.
        sizes = size(reps.entity[batch.item]) if few else size(reps.entity)[batch.item]
        answers = jnp.sum(often * sizes)
        return (asks + answers) / (3 * jnp.maximum(jnp.sum(total), 1))

    return term


@jax.custom_jvp
def _cubed(squared: Array) -> Array:
    """``squared ** 1.5`` without a general power, which is slow on a CPU; its slope at 0 is 0."""
    return squared * jnp.sqrt(squared)


@_cubed.defjvp
def _(primals, tangents):
    (squared,), (moved,) = primals, tangents
    return _cubed(squared), 1.5 * jnp.sqrt(squared) * moved


def over_items(model: Model, n_users: int, relation: int = 0) -> Model:
    """The same model asked by one relation about users: what ranks and serves users' items.

    Entities ``[0, n_users)`` are the users and those after them the items, by their rows.

    Raises:
      InputError: a negative number; ``score`` refuses what is beyond the tables (``relation`` of a
        reciprocal model has to be below their rows; that it is such a model is not seen).
    """
    for name, number in {"n_users": n_users, "relation": relation}.items():
        if number < 0:
            raise InputError(f"{name} is {number}; give 0 or more")

    def score(
        reps: KgEmbeddings, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        n_entities, n_rows = len(reps.entity), len(reps.relation)
        if n_users >= n_entities:
            raise InputError(
                f"n_users is {n_users}, which leaves no items of {n_entities} entities; "
                f"give {n_entities - 1} or less"
            )
        if relation >= 2 * n_rows:  # From n_rows on the head is asked for.
            raise InputError(
                f"relation is {relation} but there are {n_rows} relation vectors; "
                f"give 0 to {n_rows - 1}, or {n_rows} more where the item is the head"
            )
        return model.score(reps, (queries, jnp.full_like(queries, relation)), items + n_users)

    return Model(model.init, model.encode, score)
