"""node2vec: nodes that walks find near each other get similar vectors.

Grover and Leskovec, node2vec: Scalable Feature Learning for Networks, KDD 2016,
https://arxiv.org/abs/1607.00653. With p = q = 1 it is DeepWalk, but for the negatives.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings, Model
from jaxrec.models.node2vec import node2vec
from jaxrec.models.triples import Query
from jaxrec.ops import dot

Compared = Literal["cosine", "dot", "context"]


def node2vec_links(
    n_entities: int,
    n_relations: int,
    dim: int = 128,
    init_scale: float = 0.01,
    compare: Compared = "cosine",
) -> Model:
    """Builds node2vec over entities, asked for the links of one: ``models.node2vec`` of facts.

    Queries are ``(entity, relation)``; relations are not distinguished, both ends of a link answer
    alike, and a node is no answer to itself. Graph: none; training walks (``tasks.walks``). Cost:
    nothing to encode.

    Args:
      dim: numbers in each vector.
      init_scale: standard deviation of the normal initial tables. What training leaves of it is
        noise.
      compare: what scores two nodes: the cosine of their vectors, their inner product, or the inner
        product of one's vector and the other's vector as a context.
    """
    del n_relations  # Walks do not read them.
    return node2vec(n_entities, dim, init_scale)._replace(score=_score(compare))


@lru_cache(maxsize=4)  # One function for one way: what is compiled of it serves again.
def _score(compare: Compared) -> Callable[..., Float[Array, "B C"]]:
    def score(
        reps: Embeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        node, context = reps
        if compare == "cosine":
            length = jnp.sqrt(jnp.maximum(jnp.sum(node**2, axis=1, keepdims=True), 1e-24))
            node = node / length
        compared = Embeddings(node, context if compare == "context" else node)
        scores = dot(compared, queries[0], items)
        return jnp.where(jnp.atleast_2d(items) == queries[0][:, None], -jnp.inf, scores)

    return score
