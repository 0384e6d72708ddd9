"""What a knowledge graph says of every item, as a bag of concepts."""

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.graph.homogeneous import homogeneous


def concepts(
    triples: Triples,
    entity: Int[np.ndarray, "I"],
    related: Float[np.ndarray, "W"] | None = None,
) -> scipy.sparse.csr_array:
    """How often every item has every concept, ``n_{c,a}`` in ``[I, E]``, columns sorted.

    An item's concepts are the entities at the other end of its entity's facts, read from either
    end; two facts count twice. An item's own entity is no concept of it.

    With weights it is the bag of CF-IDF+: a concept brings those that it is related to, each
    ``related[r]`` times as often as itself where it is head of a fact of relation r, and
    ``related[R + r]`` times where it is tail; with ``is a`` for r, its super- and its subconcepts.
    Cost O(T + the entries of the result's product).

    de Koning et al., News Recommendation with CF-IDF+, CAiSE 2018, weigh concepts by the type of
    their relation, too; that what comes by several ways is added up is ours.

    Args:
      entity: that of every item.

    Raises:
      InputError: not two weights a relation, or one that is no number of 0 or more.

    >>> row = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(row(0, 0, 2), row(0, 1, 0), row(2, 2, 3), n_entities=5, n_relations=2)
    >>> concepts(facts, row(0, 1)).toarray().tolist()
    [[0.0, 0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    >>> concepts(facts, row(0, 1), np.array([0.5, 0, 0, 0])).toarray().tolist()[0]
    [0.0, 0.0, 2.0, 1.0, 0.0]
    """
    both = triples.both_ways()
    others = both.take(both.head != both.tail)
    bag = _matrix(others, np.ones(len(others), np.float32))[entity]
    if related is not None:
        if len(related) != both.n_relations or not np.all((related >= 0) & np.isfinite(related)):
            raise InputError(
                f"weights of related concepts are {np.asarray(related)[:8].tolist()}; give "
                f"{both.n_relations} numbers of 0 or more: one a relation, then one a relation back"
            )
        bag = bag + bag @ _matrix(both, related[both.relation].astype(np.float32))
    bag = scipy.sparse.coo_array(bag)
    kept = (bag.col != entity[bag.row]) & (bag.data > 0)
    arrays = bag.data[kept], (bag.row[kept], bag.col[kept])
    return scipy.sparse.csr_array(arrays, shape=(len(entity), triples.n_entities))


def entity_graph(triples: Triples) -> jraph.GraphsTuple:
    """The graph of entities that a fact joins, both ways, whatever its relation.

    Raises:
      InputError: no facts.
    """
    both = triples.both_ways()
    return homogeneous(both.head, both.tail, triples.n_entities)


def _matrix(triples: Triples, weight: Float[np.ndarray, "T"]) -> scipy.sparse.csr_array:
    """The sum of weights of the facts between two entities, ``[head, tail]``."""
    shape = triples.n_entities, triples.n_entities
    return scipy.sparse.csr_array((weight, (triples.head, triples.tail)), shape=shape)
