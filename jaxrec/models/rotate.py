"""RotatE: a fact's tail lies where its relation turns the head, in every complex plane.

Sun et al., RotatE: Knowledge graph embedding by relational rotation in complex space, ICLR 2019,
https://arxiv.org/abs/1902.10197
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Model, Params
from jaxrec.models.complex_kge import check_even, turned
from jaxrec.models.triples import KgEmbeddings, Query, asked, distances, tables


def rotate(
    n_entities: int,
    n_relations: int,
    dim: int = 128,
    init_scale: float = 0.1,
    reciprocal: bool = False,
) -> Model:
    """Builds RotatE: ``f(h, r, t) = -|h o r - t|`` with ``|r_k| = 1`` (equation 4).

    Graph: none. Queries and relations are as ``models.triples`` says. Rows of entities hold the
    real parts, then the imaginary ones; those of relations angles, of which ``encode`` makes unit
    complex numbers. The norm is Euclidean over all planes, so that all entities are one matrix
    product; the authors' code adds the distances of the planes instead.

    Args:
      dim: numbers in each entity's vector, twice as many as its planes.
      init_scale: standard deviation of the normal initial entities; angles begin uniform.
      reciprocal: a second vector of angles a relation, for questions about heads.

    Raises:
      InputError: ``dim`` not even.
    """
    check_even(dim)
    entities = tables(n_entities, n_relations, dim, init_scale, reciprocal)

    def init(key: Key) -> Params:
        key_entity, key_angle = jax.random.split(key)
        shape = ((1 + reciprocal) * n_relations, dim // 2)
        angle = jax.random.uniform(key_angle, shape, minval=-jnp.pi, maxval=jnp.pi)
        return {"entity": entities(key_entity)["entity"], "relation": angle}

    def encode(params: Params, graph: None = None, *, key: Key | None = None) -> KgEmbeddings:
        del graph, key  # Facts are in the batch; nothing is random.
        angle = params["relation"]
        return KgEmbeddings(
            params["entity"], jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], axis=1)
        )

    def score(
        reps: KgEmbeddings, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        # A rotation keeps lengths: |h r - t| = |t conj(r) - h|.
        return -distances(turned(*asked(reps, queries)), reps.entity, items)

    return Model(init, encode, score)
