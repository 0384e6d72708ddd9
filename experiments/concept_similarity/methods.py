"""Methods by name, each with the settings to choose from; facts are read once for all seeds."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.concept_similarity.questions import Question, Source
from jaxrec.data import Interactions
from jaxrec.evaluate import per_user, popularity
from jaxrec.graph import user_items
from jaxrec.models import concept_knn, item_knn
from jaxrec.ops import History, prepare
from jaxrec.rank import top_lists
from jaxrec.registry import MODELS, Source as GraphSource

K = 20
KEY = jax.random.key(0)  # Nothing here is random.

Answer = Callable[[Interactions], tuple[Callable[..., Any], Any]]
"""``train -> (score, reps)``."""


class Method(NamedTuple):
    """Makes an answer of settings; ``grid`` has the values to choose each from."""

    build: Callable[..., Answer]
    grid: dict[str, tuple[Any, ...]]

    def settings(self) -> list[dict[str, Any]]:
        """All of the grid."""
        return [
            dict(zip(self.grid, values, strict=True))
            for values in itertools.product(*self.grid.values())
        ]


def popular(source: Source) -> Answer:
    """How many took an item."""
    del source

    def answer(train: Interactions):
        return popularity, jnp.bincount(jnp.asarray(train.item), length=train.n_items) * 1.0

    return answer


def by_users(source: Source, **options: Any) -> Answer:
    """Item kNN: who took what, and no facts."""
    del source

    def answer(train: Interactions):
        graph = History(None, user_items(train))
        model = item_knn(graph, train.n_users, train.n_items, **options)
        return model.score, model.encode(model.init(KEY), graph)

    return answer


def by_concepts(source: Source, related: float = 0.0, **options: Any) -> Answer:
    """Concept kNN; similarities are found here, for interactions do not change them."""
    met = source.dataset.interactions
    described = MODELS["concept_knn"].graph
    assert described is not None
    graph = described(GraphSource(met, prepare, source.linked), related=related)
    model = concept_knn(graph, met.n_users, met.n_items, **options)
    params = model.init(KEY)

    def answer(train: Interactions):
        return model.score, model.encode(params, graph._replace(likes=user_items(train)))

    return answer


def of(similarity: str) -> Callable[..., Answer]:
    """Concept kNN by one similarity."""
    return lambda source, **options: by_concepts(source, similarity=similarity, **options)


NEIGHBORS = {"n_neighbors": (50, 500)}
METHODS = {
    "popularity": Method(popular, {}),
    "item_knn": Method(by_users, {"n_neighbors": (50, 200), "shrink": (20.0,)}),
    "CF-IDF": Method(of("cf_idf"), NEIGHBORS),
    "CF-IDF+": Method(of("cf_idf"), NEIGHBORS | {"related": (0.3,)}),
    "Jaccard": Method(of("jaccard"), NEIGHBORS),
    "distance": Method(of("distance"), NEIGHBORS | {"cutoff": (2,)}),
}
"""What reads facts, from the third on."""


def measure(answer: Answer, question: Question) -> dict[str, float]:
    """Recall and nDCG of lists of ``K`` candidates, means over users."""
    score, reps = answer(question.train)
    among = lambda reps, queries, items: score(reps[0], queries, reps[1][items])
    n_candidates = len(question.candidate)
    told = reps, jnp.asarray(question.candidate)
    users, seen, future = question.users, question.seen, question.future
    lists = top_lists(among, told, users, n_candidates, K, seen=seen, relevant=future)
    found = per_user(lists, question.users, question.future, (K,))
    return {name: float(found[name].mean()) for name in (f"recall@{K}", f"ndcg@{K}")}


def chance(question: Question) -> dict[str, float]:
    """What a random order of the candidates that a user has not is expected to measure."""
    wanted = np.diff(question.future.indptr)[question.users]
    left = len(question.candidate) - np.diff(question.seen.indptr)[question.users]
    gain = 1 / np.log2(np.arange(K) + 2)
    ideal = np.cumsum(gain)[np.minimum(wanted, K) - 1]
    shown = np.minimum(K, left) / left
    ndcg = wanted / left * gain.sum() / ideal  # Lists are full: there are K candidates and more.
    return {f"recall@{K}": float(shown.mean()), f"ndcg@{K}": float(ndcg.mean())}
