"""TransE: a fact's tail lies where its relation moves the head.

Bordes et al., Translating embeddings for modeling multi-relational data, NeurIPS 2013,
https://papers.nips.cc/paper/5071
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Model
from jaxrec.models.triples import KgEmbeddings, Query, as_they_are, asked, distances, tables


def transe(
    n_entities: int,
    n_relations: int,
    dim: int = 128,
    init_scale: float = 0.1,
    reciprocal: bool = False,
) -> Model:
    """Builds TransE with the Euclidean distance: ``f(h, r, t) = -|h + r - t|``.

    Graph: none. Queries and relations are as ``models.triples`` says. Entities are not held to
    length 1, as the paper does it after every step: losses on shares of a softmax need no bound.

    Args:
      dim: numbers in each vector.
      init_scale: standard deviation of the normal initial tables.
      reciprocal: a second vector a relation, for questions about heads.
    """

    def score(
        reps: KgEmbeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        entity, relation, inverse = asked(reps, queries)
        moved = entity + jnp.where(inverse, -relation, relation)
        return -distances(moved, reps.entity, items)

    return Model(tables(n_entities, n_relations, dim, init_scale, reciprocal), as_they_are, score)
