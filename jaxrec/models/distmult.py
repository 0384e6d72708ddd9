"""DistMult: the product of head, relation and tail, number by number.

Yang et al., Embedding entities and relations for learning and inference in knowledge bases, ICLR
2015, https://arxiv.org/abs/1412.6575
"""

from jaxtyping import Array, Float, Int

from jaxrec.base import Model
from jaxrec.models.triples import KgEmbeddings, Query, as_they_are, asked, products, tables


def distmult(
    n_entities: int,
    n_relations: int,
    dim: int = 128,
    init_scale: float = 0.1,
    reciprocal: bool = False,
) -> Model:
    """Builds DistMult: ``f(h, r, t) = sum_k h_k r_k t_k``.

    Graph: none. Queries and relations are as ``models.triples`` says. A relation is symmetric,
    unless it has a second vector for questions about heads.

    Args:
      dim: numbers in each vector.
      init_scale: standard deviation of the normal initial tables.
      reciprocal: a second vector a relation, for questions about heads.
    """

    def score(
        reps: KgEmbeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        entity, relation, _ = asked(reps, queries)  # Either way the same product.
        return products(entity * relation, reps.entity, items)

    return Model(tables(n_entities, n_relations, dim, init_scale, reciprocal), as_they_are, score)
