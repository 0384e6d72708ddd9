"""What models of facts must beat: frequent answers, and in a network common neighbors.

They are ranked as models are (``evaluate.filtered_ranks``), from sparse tables on the host.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.data import Triples
from jaxrec.evaluate.filtered_ranking import Questions
from jaxrec.rank import OnProgress, block_of

HostScore = Callable[[Int[np.ndarray, "B"], Int[np.ndarray, "B"]], Float[np.ndarray, "B E"]]
"""``(entity, relation) -> scores of all entities``."""


def degree(train: Triples) -> HostScore:
    """Scores an entity by how many facts of the relation have it at the end that is asked for."""
    asked = train.both_ways()
    shape, ones = (asked.n_relations, asked.n_entities), np.ones(len(asked), np.float32)
    counts = scipy.sparse.csr_array((ones, (asked.relation, asked.tail)), shape=shape)
    return lambda entity, relation: counts[relation].toarray()


def adamic_adar(train: Triples) -> HostScore:
    """Scores an entity by the neighbors that it shares with the one that is asked about.

    ``sum_z 1 / log(degree of z)`` over shared neighbors; facts are read from either end.
    Adamic & Adar, Friends and neighbors on the Web, Social Networks 2003.
    """
    linked = _neighbors(train)
    count = np.diff(linked.indptr)
    # One of a single neighbor has nobody to join.
    return _shared(linked, np.where(count > 1, 1 / np.log(np.maximum(count, 2)), 0))


def common_neighbors(train: Triples) -> HostScore:
    """Scores an entity by how many neighbors it shares with the one that is asked about.

    Facts are read from either end. Liben-Nowell & Kleinberg, The link prediction problem for
    social networks, CIKM 2003.
    """
    linked = _neighbors(train)
    return _shared(linked, np.ones(train.n_entities))


def _neighbors(train: Triples) -> scipy.sparse.csr_array:
    row, column = np.append(train.head, train.tail), np.append(train.tail, train.head)
    pairs = np.unique(np.stack([row, column], axis=1)[row != column], axis=0)
    n, ones = train.n_entities, np.ones(len(pairs), np.float32)
    return scipy.sparse.csr_array((ones, tuple(pairs.T)), shape=(n, n))


def _shared(linked: scipy.sparse.csr_array, weight: Float[np.ndarray, "E"]) -> HostScore:
    """The weights of the neighbors that two entities share, summed."""
    weighed = scipy.sparse.csr_array(linked * weight.astype(np.float32)[None])

    def score(
        entity: Int[np.ndarray, "B"], relation: Int[np.ndarray, "B"]
    ) -> Float[np.ndarray, "B E"]:
        del relation  # There is one.
        scores = (weighed[entity] @ linked).toarray()
        scores[np.arange(len(entity)), entity] = 0  # All of its neighbors are its own.
        return scores

    return score


def host_ranks(
    score: HostScore,
    questions: Questions,
    kind: Int[np.ndarray, "E"] | None = None,
    on_progress: OnProgress | None = None,
    *,
    n_entities: int,
) -> Float[np.ndarray, "Q"]:
    """The realistic rank of every answer, as ``filtered_ranks`` has it.

    Args:
      kind: type of every entity; those of another than the answer leave the list.
    """
    n, block, ranks = len(questions.answer), block_of(n_entities), []
    for start in range(0, n, block):
        own = slice(start, start + block)
        entity, relation, answer, row = (column[own] for column in questions[:4])
        some = Questions(entity, relation, answer, row, questions.known)
        scores = score(some.entity, some.relation)
        if kind is not None:
            scores[kind[None] != kind[some.answer][:, None]] = -np.inf
        ranks.append(_ranks(scores, some))
        if on_progress is not None:
            on_progress(min(start + block, n), n)
    return np.concatenate(ranks)


def _ranks(scores: Float[np.ndarray, "B E"], questions: Questions) -> Float[np.ndarray, "B"]:
    known, n = questions.known, len(questions.answer)
    first, count = known.indptr[questions.row], np.diff(known.indptr)[questions.row]
    row = np.repeat(np.arange(n), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    column = known.indices[np.repeat(first, count) + place]
    own = np.take_along_axis(scores, questions.answer[:, None], axis=1)

    def left(where):
        """How many entities of each row, without the known ones."""
        return where.sum(axis=1) - np.bincount(row, where[row, column], minlength=n)

    # The answer is known itself, so that its being equal to itself leaves with the known.
    return 1 + left(scores > own) + left(scores == own) / 2
