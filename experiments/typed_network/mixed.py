"""Lists of users who are mixtures over clusters of items."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import Embeddings
from jaxrec.evaluate import EvalTask
from jaxrec.graph import Csr
from jaxrec.rank import TopLists
from jaxrec.retrieve import largest, own_means, retrieve, rows_of, shares, similar, smoothed


@dataclasses.dataclass(frozen=True)
class Form:
    """How users are mixed and how a cluster asks."""

    n_clusters: int
    n_largest: int
    """Clusters of a user that ask."""
    lean: float
    """Of the vector that asks: 0 is the user's own, 1 the mean of what they took of the cluster."""
    inside: bool
    """Whether a cluster finds its own items alone."""
    own: float = 1.0
    """Weight of the user's own shares beside those of near users; 1 is no smoothing."""


@dataclasses.dataclass(frozen=True, eq=False)
class Mixed:
    """What all forms read.

    Attributes:
      likes: what every user took in training.
      clusters: that of each item, by how many there are.
    """

    towers: Embeddings
    likes: Csr
    clusters: Mapping[int, Int[np.ndarray, "I"]]
    n_near: int

    def lists(self, form: Form, asked: EvalTask, users: Int[np.ndarray, "Q"], k: int) -> TopLists:
        """The users' best items, without those they have seen."""
        item, cluster = np.asarray(self.towers.item), self.clusters[form.n_clusters]
        share = shares(self.likes, cluster)
        if form.own < 1:
            near = similar(Embeddings(self.towers.item, self.towers.query), users, self.n_near)
            mixtures = largest(smoothed(share, users, near.item, form.own), form.n_largest)
        else:
            mixtures = largest(share[users], form.n_largest)
        user = np.asarray(self.towers.query)[users[mixtures.user]]
        mean = own_means(mixtures, rows_of(self.likes, users), cluster, item)
        query = (1 - form.lean) * user + form.lean * _as_long_as(user, mean)
        assert asked.seen is not None  # Nobody is shown what they took.
        inside = cluster if form.inside else None
        seen = rows_of(asked.seen, users)
        return retrieve(item, query, mixtures, k, cluster=inside, seen=seen)


def forms(
    n_clusters: Sequence[int], n_largest: Sequence[int], leans: Sequence[float]
) -> list[Form]:
    """Those to choose from; a user's own vector asks inside clusters alone, or all ask the same."""
    grid = itertools.product(n_clusters, n_largest, leans, (True, False))
    return [Form(*each) for each in grid if each[2] > 0 or each[3]]


def _as_long_as(
    user: Float[np.ndarray, "Q d"], mean: Float[np.ndarray, "Q d"]
) -> Float[np.ndarray, "Q d"]:
    length = lambda rows: np.linalg.norm(rows, axis=1, keepdims=True)
    return mean * length(user) / np.maximum(length(mean), 1e-12)
