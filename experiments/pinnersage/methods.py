"""Vectors that ask for a user: PinnerSage's, and those it is compared with."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.pinnersage.moments import Moment
from jaxrec.retrieve import cut, decayed_average, interests, k_means, last_item, ward

Settings = Sequence[dict[str, float]]


class Asked(NamedTuple):
    """Vectors that ask, as ``retrieve.nearest`` takes them: user ``n`` is moment ``n``."""

    query: Float[np.ndarray, "Q d"]
    user: Int[np.ndarray, "Q"]


def queries(
    name: str,
    settings: Settings,
    moments: Sequence[Moment],
    vectors: Float[np.ndarray, "I d"],
    n: int,
    seed: int,
) -> list[Asked]:
    """What a method asks at these moments, once for each of its settings; ``n`` interests each."""
    rng, method = np.random.default_rng(seed), METHODS[name]
    found = [[] for _ in settings]
    for moment in moments:
        own = vectors[moment.item]
        for rows, asks in zip(found, method(own, moment.age_days, settings, n, rng), strict=True):
            rows.append(asks)
    counts = [[len(asks) for asks in rows] for rows in found]
    return [
        Asked(np.concatenate(rows), np.repeat(np.arange(len(rows)), count))
        for rows, count in zip(found, counts, strict=True)
    ]


def _last_item(own, age_days, settings: Settings, n: int, rng) -> list[np.ndarray]:
    del age_days, n, rng
    return [last_item(own) for _ in settings]


def _decayed_average(own, age_days, settings: Settings, n: int, rng) -> list[np.ndarray]:
    del n, rng
    return [decayed_average(own, age_days, each["decay"]) for each in settings]


def _k_means(own, age_days, settings: Settings, n: int, rng) -> list[np.ndarray]:
    sizes = sorted({each["n_clusters"] for each in settings})
    labels = {size: k_means(own, int(size), rng) for size in sizes}
    chosen = [labels[each["n_clusters"]] for each in settings]
    return _asking(own, age_days, settings, chosen, lambda told: told.top(n))


def _pinnersage(own, age_days, settings: Settings, n: int, rng) -> list[np.ndarray]:
    del rng
    return _asking(own, age_days, settings, _cut(own, settings), lambda told: told.top(n))


def _sampled(own, age_days, settings: Settings, n: int, rng) -> list[np.ndarray]:
    return _asking(own, age_days, settings, _cut(own, settings), lambda told: told.sample(n, rng))


def _cut(own, settings: Settings) -> list[np.ndarray]:
    merges = ward(own)
    labels = {alpha: cut(merges, alpha) for alpha in {each["alpha"] for each in settings}}
    return [labels[each["alpha"]] for each in settings]


def _asking(own, age_days, settings: Settings, labels, few) -> list[np.ndarray]:
    """Medoids of the interests that ``few`` leaves."""
    told = (
        interests(own, label, age_days, each["decay"])
        for label, each in zip(labels, settings, strict=True)
    )
    return [own[few(each).medoid] for each in told]


METHODS: dict[str, Callable[..., list[np.ndarray]]] = {
    "last item": _last_item,
    "decayed average": _decayed_average,
    "k-means": _k_means,
    "pinnersage": _pinnersage,
    "pinnersage, sampled": _sampled,
}
