"""TwHIN: entities of a typed network, moved by the relation and matched by inner product.

El-Kishky et al., TwHIN: Embedding the Twitter heterogeneous information network, KDD 2022,
https://arxiv.org/abs/2202.05387; trained in PyTorch-BigGraph (Lerer et al., MLSys 2019,
https://arxiv.org/abs/1903.12287), whose translation with dot product it is.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings, InputError, Model
from jaxrec.models.triples import KgEmbeddings, Query, as_they_are, asked, products, tables


def twhin(
    n_entities: int,
    n_relations: int,
    dim: int = 64,
    init_scale: float = 0.1,
    reciprocal: bool = False,
) -> Model:
    """Builds TwHIN: ``f(s, r, t) = (theta_s + theta_r) theta_t``.

    Graph: none; facts are in the batch. Train with ``losses.binary_cross_entropy``, both ends
    corrupted (``sampling.shared_entities``). Queries and relations are as ``models.triples`` says.
    Asked for a source, ``theta_r theta_t`` is the same for all candidates: it moves no rank,
    but counts in losses on single scores. The code that Twitter released later moves the target
    instead, and in positives alone; this is the paper's.

    Args:
      dim: numbers in each vector.
      init_scale: standard deviation of the normal initial tables.
      reciprocal: a second vector a relation, for questions about sources.
    """

    def score(
        reps: KgEmbeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        entity, relation, inverse = asked(reps, queries)
        scores = products(jnp.where(inverse, entity, entity + relation), reps.entity, items)
        return scores + jnp.where(inverse, jnp.sum(entity * relation, axis=1, keepdims=True), 0)

    return Model(tables(n_entities, n_relations, dim, init_scale, reciprocal), as_they_are, score)


def towers(reps: KgEmbeddings, relation: int, heads: range, tails: range) -> Embeddings:
    """Vectors ``theta_s + theta_r`` and ``theta_t``, whose products are the scores of a relation.

    What top lists, indices and mixtures read; ``heads`` and ``tails`` are rows of entities, such as
    two types of ``data.Network.ranges``.

    Raises:
      InputError: a relation or rows beyond the tables.
    """
    (n_entities, _), n_relations = reps.entity.shape, len(reps.relation)
    if not 0 <= relation < n_relations or max(heads.stop, tails.stop) > n_entities:
        raise InputError(
            f"relation {relation} of heads {heads} and tails {tails}, but there are {n_relations} "
            f"relations and {n_entities} entities; give rows of these"
        )
    moved = reps.entity[heads.start : heads.stop] + reps.relation[relation][None]
    return Embeddings(moved, reps.entity[tails.start : tails.stop])
