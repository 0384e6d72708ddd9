"""How alike items are by their concepts: weights, cosines, overlaps and distances of bags.

A bag is a row of a sparse matrix ``[I, E]``, ``Rows`` of the counts or weights of each item's
concepts. Measures are found for a block of B items against all, so nothing of ``[I, I]`` is held.
A row without concepts is like nothing, itself included: 0.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.graph import Csr
from jaxrec.ops.history import histories
from jaxrec.ops.propagate import Graph, propagate
from jaxrec.ops.propagate.rows import Rows


def cf_idf(counts: Rows, n_entities: int) -> Rows:
    """Concept frequency times inverse document frequency, entry by entry.

    ``n_{c,a} / sum_k n_{k,a} * log(|D| / |{a' : c in a'}|)`` for concept c of item a, D all items.
    A concept that every item has weighs 0.

    Goossen et al., News personalization using the CF-IDF semantic recommender, WIMS 2011.

    >>> counts = Rows(jnp.array([0, 2, 3]), jnp.array([0, 1, 1]), jnp.array([3.0, 1.0, 2.0]))
    >>> jnp.exp(cf_idf(counts, n_entities=2).weight / jnp.array([0.75, 1, 1])).tolist()
    [2.0, 1.0, 1.0]
    """
    row, n_items = _row(counts), counts.n_rows
    total = jnp.zeros(n_items).at[row].add(counts.weight)
    concept = jnp.asarray(counts.senders)
    n_documents = jnp.zeros(n_entities).at[concept].add(1)
    rarity = jnp.log(n_items / n_documents[concept])
    return counts._replace(weight=counts.weight / total[row] * rarity)


def sets(counts: Rows) -> Rows:
    """The same concepts, each counted once."""
    return counts._replace(weight=jnp.ones(counts.senders.shape))


def unit_rows(bags: Rows) -> Rows:
    """Rows of length one; rows of zeros stay."""
    row, weight = _row(bags), jnp.asarray(bags.weight)
    length = jnp.sqrt(jnp.zeros(bags.n_rows).at[row].add(weight**2))[row]
    return bags._replace(weight=jnp.where(length > 0, weight / jnp.where(length > 0, length, 1), 0))


def indicator_columns(bags: Rows, items: Int[Array, "B"], n_entities: int) -> Float[Array, "E B"]:
    """The bags of these items, a column each, zeros among them."""
    rows = Csr(jnp.asarray(bags.indptr), jnp.asarray(bags.senders), jnp.zeros(0, jnp.int32))
    return histories(rows, items, n_entities, jnp.asarray(bags.weight))


def cosines(bags: Rows, items: Int[Array, "B"], n_entities: int) -> Float[Array, "I B"]:
    """The cosine of every bag with those of these items, from ``unit_rows``.

    Of ``unit_rows(sets(counts))`` the binary cosine, ``|A and B| / sqrt(|A| |B|)``.
    """
    return bags.times(indicator_columns(bags, items, n_entities))


def jaccard(concept_sets: Rows, items: Int[Array, "B"], n_entities: int) -> Float[Array, "I B"]:
    """``|A and B| / |A or B|`` of every set of concepts with those of these items, of ``sets``."""
    both = concept_sets.times(indicator_columns(concept_sets, items, n_entities))
    size = jnp.diff(jnp.asarray(concept_sets.indptr))
    either = size[:, None] + size[items][None, :] - both
    return both / jnp.maximum(either, 1)


def kg_distance(links: Graph, sources: Float[Array, "E S"], cutoff: int) -> Float[Array, "E S"]:
    """Facts between every entity and the nearest one of each column of ``sources``.

    By breadth-first search, one sparse product a step; ``cutoff + 1`` says that none is within
    ``cutoff`` steps, or that the column is empty. Cost ``cutoff * n_links * S``.

    Args:
      links: entities that a fact joins, ``graph.entity_graph`` prepared; weights above 0.
      sources: above 0 where an entity is one.

    >>> import jraph, numpy as np
    >>> left, right = np.array([0, 1, 2]), np.array([1, 2, 3])  # A chain of four.
    >>> ends = {"senders": np.append(left, right), "receivers": np.append(right, left)}
    >>> rest = {"nodes": None, "edges": None, "globals": None}
    >>> chain = jraph.GraphsTuple(**ends, **rest, n_node=np.array([4]), n_edge=np.array([6]))
    >>> kg_distance(chain, jnp.eye(4)[:, :1], cutoff=2)[:, 0].tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    def step(n, state):
        distance, last = state
        new = (propagate(last, links) > 0) & (distance > cutoff)
        return jnp.where(new, n + 1.0, distance), new.astype(last.dtype)

    first = jnp.where(sources > 0, 0.0, cutoff + 1.0)
    return jax.lax.fori_loop(0, cutoff, step, (first, (sources > 0).astype(jnp.float32)))[0]


def min_distances(
    concept_sets: Rows, items: Int[Array, "B"], links: Graph, n_entities: int, cutoff: int
) -> Float[Array, "I B"]:
    """``sum over c in A of min over c' in B of d(c, c')``, A of every row and B of these items."""
    sources = indicator_columns(concept_sets, items, n_entities)
    return concept_sets.times(kg_distance(links, sources, cutoff))


def path_similarity(
    sums: Float[Array, "I I"], size: Int[Array, "I"], cutoff: int
) -> Float[Array, "I I"]:
    """``1 - D / (cutoff + 1)`` of the mean D of minimum distances, over the concepts of both items.

    ``D(a, b) = (sums_ab + sums_ba) / (|A| + |B|)`` of ``min_distances``, so it is symmetric: 1 of
    equal sets, 0 of those that nothing within the cutoff joins, and of a set that is empty.

    After Joseph and Jiang, Content based news recommendation via shortest entity distance over
    knowledge graphs, WWW 2019 companion, https://arxiv.org/abs/1905.13132; without their weights of
    relations, and that distances end at a cutoff is ours.
    """
    total = size[:, None] + size[None, :]
    mean = (sums + sums.T) / jnp.maximum(total, 1)
    known = size > 0
    return jnp.where(known[:, None] & known[None, :], 1 - mean / (cutoff + 1), 0)


def _row(bags: Rows) -> Int[Array, "n"]:
    """The row of every entry."""
    degree, n_entries = jnp.diff(jnp.asarray(bags.indptr)), bags.senders.shape[0]
    return jnp.repeat(jnp.arange(bags.n_rows), degree, total_repeat_length=n_entries)
