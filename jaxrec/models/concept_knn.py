"""Concept kNN: items like those a user has, by what is known of them; nobody need have taken them.

Goossen et al., News personalization using the CF-IDF semantic recommender, WIMS 2011; its measures
of concepts from the survey of Iana, Alam and Paulheim, Knowledge-aware news recommender systems,
Semantic Web 2024.
"""

from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.models.item_knn import BLOCK, knn, nearest
from jaxrec.ops import (
    Graph,
    cf_idf,
    cosines,
    jaccard,
    min_distances,
    path_similarity,
    sets,
    unit_rows,
)
from jaxrec.ops.propagate.rows import Rows

Similarity = Literal["cf_idf", "binary_cosine", "jaccard", "distance"]
SIMILARITIES = "cf_idf", "binary_cosine", "jaccard", "distance"
N_MATRICES = 4
"""As large as ``[I, I]`` in float32, in memory while distances are computed."""


class Described(NamedTuple):
    """What is known of the items, and who has what.

    Attributes:
      concept: how often every item has every concept, ``rows(graph.concepts(triples, entity))``.
      links: entities that a fact joins, ``prepare(graph.entity_graph(triples))``; for distances.
    """

    likes: Csr
    concept: Rows
    links: Graph
    n_entities: Int[Array, ""] | np.int32


def concept_knn(
    graph: Described,
    n_users: int,
    n_items: int,
    similarity: Similarity = "cf_idf",
    n_neighbors: int = 500,
    cutoff: int = 2,
) -> Model:
    """Builds concept kNN: ``s_ui = sum over the neighbors j of i that u has, sim(i, j)``.

    Interactions say what a user has and nothing else, so an item that nobody took is scored as any
    other, and one without concepts scores 0 for everyone. With as many neighbors as items,
    ``cf_idf`` ranks by the cosine of an item with the mean of the user's items, each of length one.

    Graph: ``Described``. Cost: a product of the bags with a column an item, or ``cutoff`` products
    of the links; ``[I, n_neighbors]`` to keep them.

    Args:
      similarity: of two items, by their concepts: cosine of counts weighted by rarity (cf_idf), of
        sets (binary_cosine), overlap of sets (jaccard), or nearness in the knowledge graph
        (distance), the mean over concepts of the distance to the other item's nearest.
      n_neighbors: most similar items that an item keeps.
      cutoff: facts that a distance counts at most.

    Raises:
      InputError: an unknown similarity, or ``n_neighbors`` or ``cutoff`` below 1.
    """
    if similarity not in SIMILARITIES:
        raise InputError(f"similarity is {similarity!r}; give one of {', '.join(SIMILARITIES)}")
    if min(n_neighbors, cutoff) < 1:
        raise InputError(f"n_neighbors is {n_neighbors} and cutoff {cutoff}; give 1 or more")
    n_kept, n_entities = min(n_neighbors, n_items), int(graph.n_entities)
    del n_users  # The lists know.

    def init(key: Key) -> Params:
        del key  # Facts are not random.
        return _neighbors(graph, n_entities, n_items, n_kept, similarity, cutoff)

    return knn(init, n_items)


def memory(n_users: int, n_items: int, similarity: Similarity = "cf_idf") -> int:
    """Bytes that ``init`` holds at its peak, beside what is known and what is kept."""
    del n_users  # Their lists are small beside it.
    return N_MATRICES * 4 * n_items**2 if similarity == "distance" else 0


@partial(jax.jit, static_argnums=(1, 2, 3, 4, 5))
def _neighbors(graph: Described, n_entities, n_items, n_kept, similarity, cutoff) -> Params:
    count = graph.concept
    if similarity == "cf_idf":
        similar = partial(cosines, unit_rows(cf_idf(count, n_entities)), n_entities=n_entities)
    elif similarity == "binary_cosine":
        similar = partial(cosines, unit_rows(sets(count)), n_entities=n_entities)
    elif similarity == "jaccard":
        similar = partial(jaccard, sets(count), n_entities=n_entities)
    else:
        near = _nearness(graph, n_entities, n_items, cutoff)
        similar = lambda items: near[:, items]
    return nearest(similar, n_items, n_kept)


def _nearness(graph: Described, n_entities, n_items, cutoff) -> Float[Array, "I I"]:
    """Both directions of a distance are needed at once, so the matrix is whole."""
    own = sets(graph.concept)

    def sums(items):
        found = min_distances(own, items, graph.links, n_entities, cutoff)
        return found.T

    blocks = jnp.arange(-(-n_items // BLOCK) * BLOCK).reshape(-1, BLOCK)
    rows = jax.lax.map(sums, jnp.minimum(blocks, n_items - 1)).reshape(-1, n_items)[:n_items]
    return path_similarity(rows.T, jnp.diff(jnp.asarray(own.indptr)), cutoff)
