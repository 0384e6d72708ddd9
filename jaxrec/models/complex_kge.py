"""ComplEx: products of complex vectors, by which a relation need not be symmetric.

Trouillon et al., Complex embeddings for simple link prediction, ICML 2016,
https://arxiv.org/abs/1606.06357; with ``norms(3.0, squares)`` the ComplEx-N3 of Lacroix et al.,
ICML 2018, https://arxiv.org/abs/1806.07297
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Model
from jaxrec.models.triples import KgEmbeddings, Query, as_they_are, asked, products, tables


def complex_kge(
    n_entities: int,
    n_relations: int,
    dim: int = 128,
    init_scale: float = 0.1,
    reciprocal: bool = False,
) -> Model:
    """Builds ComplEx: ``f(h, r, t) = Re(sum_k h_k r_k conj(t_k))`` (equation 11).

    Graph: none. Queries and relations are as ``models.triples`` says. Rows hold the real parts,
    then the imaginary ones.

    Args:
      dim: numbers in each vector, twice as many as its complex ones.
      init_scale: standard deviation of the normal initial tables.
      reciprocal: a second vector a relation, for questions about heads.

    Raises:
      InputError: ``dim`` not even.
    """
    check_even(dim)

    def score(
        reps: KgEmbeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        entity, relation, inverse = asked(reps, queries)
        # Re(x conj(c)) is the inner product of rows; x = h r, and t conj(r) for heads.
        return products(turned(entity, relation, inverse), reps.entity, items)

    return Model(tables(n_entities, n_relations, dim, init_scale, reciprocal), as_they_are, score)


def turned(
    entity: Float[Array, "B d"], relation: Float[Array, "B d"], inverse: Array
) -> Float[Array, "B d"]:
    """The complex products of rows, with the relation's conjugate where ``inverse`` ``[B, 1]``."""
    a, b = jnp.split(entity, 2, axis=-1)
    x, y = jnp.split(relation, 2, axis=-1)
    y = jnp.where(inverse, -y, y)
    return jnp.concatenate([a * x - b * y, a * y + b * x], axis=-1)


def squares(rows: Float[Array, "*n d"]) -> Float[Array, "*n h"]:
    """The squared moduli of rows that hold real parts, then imaginary ones.

    >>> squares(jnp.array([3.0, 1.0, 4.0, 0.0])).tolist()
    [25.0, 1.0]
    """
    real, imaginary = jnp.split(rows, 2, axis=-1)
    return real**2 + imaginary**2


def check_even(dim: int) -> None:
    """Refuses a width that does not hold complex numbers."""
    if dim % 2:
        raise InputError(f"dim is {dim}, which is odd; real and imaginary parts take two each")
