"""Yelp's network: do five relations beat one, and mixtures single vectors?

A random tenth of the user-business edges is the test, another the validation. TwHIN learns from the
rest, once with and once without the other four relations. All businesses but those a user has in
training (and, for the test, in validation) are ranked, by ``(theta_u + theta_r) theta_b`` or by a
user's mixture. Everything is chosen on validation, each seed's own; the test is asked once.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from experiments.recipe import write
from experiments.typed_network.learn import SELECT, HeldOut, Recipe, hold_out, learn
from experiments.typed_network.mixed import Form, Mixed, forms
from experiments.typed_network.report import (
    ALL,
    FLOOR,
    KS,
    LEANING,
    METRICS,
    MIXED,
    ONE,
    ONE_LEANING,
    PQ_BOTH,
    PQ_ITEMS,
    SMOOTHED,
    show,
    summary,
)
from jaxrec.base import Embeddings
from jaxrec.data import Network, load_network
from jaxrec.evaluate import EvalTask, per_user, popularity
from jaxrec.graph import user_items
from jaxrec.ops import dot
from jaxrec.rank import TopLists, top_lists
from jaxrec.retrieve import TRAINABLE, distortion, k_means, quantize

RELATION = "user_business"
Values = dict[str, Float[np.ndarray, "Q"]]


@dataclasses.dataclass(frozen=True)
class Config:
    """What is computed; the defaults are the table of the README."""

    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of what is held out, of training and of k-means."""
    fraction: float = 0.1
    """Of the edges, for validation and test each."""
    recipe: Recipe = Recipe()
    n_valid: int = 2500
    """Validation users at most that choose."""
    n_clusters: tuple[int, ...] = (50,)
    """Of businesses, to choose from."""
    n_largest: tuple[int, ...] = (5,)
    """Clusters of a user, to choose from."""
    leans: tuple[float, ...] = (0.0, 0.5, 1.0)
    """To choose from: where a vector that asks lies between the user's own and what they took."""
    owns: tuple[float, ...] = (0.5, 0.8)
    """To choose from: how much of a user's shares of clusters is their own, beside near users'."""
    n_near: int = 10
    """Users that smooth."""
    compression: int = 24
    """Of the codes; it divides 4 ``dim``."""
    quick: bool = False
    """One seed of two epochs, to see it run."""
    out: str = "experiments/typed_network/results"
    """Folder for the JSON file."""


def main(config: Config) -> dict[str, Any]:
    """Five relations of yelp-hin against one, mixtures against single vectors, and codes."""
    if config.quick:
        recipe = dataclasses.replace(config.recipe, n_epochs=2)
        config = dataclasses.replace(config, seeds=(0,), recipe=recipe, n_valid=200)
    network = load_network("yelp-hin", data_dir=config.data_dir)
    runs, found = [], {}
    for seed in config.seeds:
        runs.append(run(config, network, seed))
        found = summary(runs)
        write(Path(config.out) / "yelp-hin.json", dataclasses.asdict(config), found)
    show(found)
    return found


def run(config: Config, network: Network, seed: int) -> dict[str, Any]:
    """One seed: what was chosen, and every test user's recall by each method."""
    held = hold_out(network, RELATION, config.fraction, seed)
    left = np.setdiff1d(np.arange(len(network.triples)), held.hidden)
    facts = network.triples.take(left)
    row = list(network.ends).index(RELATION)
    parts = {ONE: facts.take(facts.relation == row), ALL: facts}
    test, cold = held.asked("test"), held.asked("test", known=False)
    found: dict[str, Values] = {FLOOR: _popular(held, test)}
    unknown: dict[str, Values] = {FLOOR: _popular(held, cold)}
    about: dict[str, Any] = {}
    vectors = {}
    for name, part in parts.items():
        vectors[name], about[name] = learn(
            network, part, RELATION, held, config.recipe, seed, config.n_valid
        )
        found[name] = _values(_single(vectors[name], test), test)
        unknown[name] = _values(_single(vectors[name], cold), cold)
    towers = vectors[ALL]
    leaning, about["one chosen"] = _mixtures(config, vectors[ONE], held, seed, several=False)
    mixed, about["chosen"] = _mixtures(config, towers, held, seed)
    if min(len(part) for part in towers) >= TRAINABLE:
        codes, about["codes"] = _in_codes(config, towers, held)
        found |= codes
    visits = np.bincount(held.train.user, minlength=held.train.n_users)
    told = {"users": cold.users, "visits": visits[cold.users], "found": unknown}
    about_all = {"about": about, "cold": told, "users": test.users, "visits": visits[test.users]}
    return about_all | {"found": found | leaning | mixed}


def _single(towers: Embeddings, asked: EvalTask, users=None) -> TopLists:
    users = asked.users if users is None else users
    seen, future = asked.seen, asked.future
    return top_lists(dot, towers, users, len(towers.item), max(KS), seen=seen, relevant=future)


def _values(lists: TopLists, asked: EvalTask, users=None) -> Values:
    values = per_user(lists, asked.users if users is None else users, asked.future, KS)
    return {metric: values[metric] for metric in METRICS}


def _popular(held: HeldOut, asked: EvalTask) -> Values:
    counts = np.bincount(held.train.item, minlength=held.train.n_items).astype(np.float32)
    seen, future = asked.seen, asked.future
    lists = top_lists(
        popularity, counts, asked.users, len(counts), max(KS), seen=seen, relevant=future
    )
    return _values(lists, asked)


def _mixtures(config: Config, towers: Embeddings, held: HeldOut, seed: int, several: bool = True):
    """The forms that find most on validation: of one vector, of several, and of these smoothed."""
    start = time.perf_counter()
    clusters = {
        n: k_means(np.asarray(towers.item), n, np.random.default_rng(seed))
        for n in (1, *(config.n_clusters if several else ()))
    }
    mixed = Mixed(towers, user_items(held.train), clusters, config.n_near)
    valid, test = held.asked("valid"), held.asked("test")
    some = np.sort(np.random.default_rng(1).permutation(valid.users)[: config.n_valid])
    tried: dict[Form, float] = {}

    def best(among: list[Form]) -> Form:
        for form in among:
            values = _values(mixed.lists(form, valid, some, max(KS)), valid, some)
            tried[form] = float(values[SELECT].mean())
        return max(among, key=lambda form: tried[form])

    leaning = best([Form(1, 1, lean, inside=False) for lean in config.leans])
    chosen = {LEANING if several else ONE_LEANING: leaning}
    if several:
        plain = best(forms(config.n_clusters, config.n_largest, config.leans))
        smooth = best([dataclasses.replace(plain, own=own) for own in config.owns])
        chosen |= {MIXED: plain, SMOOTHED: smooth}
    found = {
        name: _values(mixed.lists(form, test, test.users, max(KS)), test)
        for name, form in chosen.items()
    }
    single = float(_values(_single(towers, valid, some), valid, some)[SELECT].mean())
    about = {name: dataclasses.asdict(form) for name, form in chosen.items()}
    told = [dataclasses.asdict(form) | {SELECT: value} for form, value in tried.items()]
    seconds = time.perf_counter() - start
    return found, about | {"single on validation": single, "tried": told, "seconds": seconds}


def _in_codes(config: Config, towers: Embeddings, held: HeldOut):
    """What codes lose: of variance, and of the lists."""
    asked = held.asked("test")
    n_bytes = 4 * config.recipe.dim // config.compression
    item, query = (quantize(np.asarray(part), n_bytes) for part in (towers.item, towers.query))
    rows = {
        PQ_ITEMS: Embeddings(towers.query, jnp.asarray(item.decoded)),
        PQ_BOTH: Embeddings(jnp.asarray(query.decoded), jnp.asarray(item.decoded)),
    }
    about = {
        "compression": item.compression,
        "distortion of businesses": distortion(np.asarray(towers.item), item.decoded),
        "distortion of users": distortion(np.asarray(towers.query), query.decoded),
    }
    return {name: _values(_single(part, asked), asked) for name, part in rows.items()}, about
