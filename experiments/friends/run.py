"""MutualRec trained on items and friends jointly, beside one that learns either alone.

Last.FM (HetRec 2011): a random 8:1:1 split of the interactions by user, a fifth of the links held
out in both directions, both drawn anew for every seed. Items are ranked in full without those of
train and validation, users without the friends of training. All models of items learn by one loss
with one budget; their epoch is chosen on the validation slice of items, for links have none.
"""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

import jaxrec
from experiments.friends.compare import AGAINST, BASELINES, METRICS, Measured, Runs, comparisons
from experiments.recipe import check_names, told, write
from jaxrec.data import KnowledgeGraph, Triples, split_links
from jaxrec.evaluate import measure_friend_baselines
from jaxrec.runs import read_run
from jaxrec.tasks import FRIENDS
from jaxrec.tasks.friends import friend_data

SOFTMAX = {
    "loss": "softmax",
    "candidates": "in_batch",
    "sampler": "interaction",
    "temperature": 0.1,
    "l2": 0.0,
}
BOTH = SOFTMAX | {"residual": True}
ITEMS: dict[str, tuple[str, dict[str, Any]]] = {
    "mutualrec": ("mutualrec", BOTH),
    "mutualrec_items": ("mutualrec", BOTH | {"link_weight": 0.0}),
    "mutualrec_friends": ("mutualrec", BOTH | {"link_weight": 1e6}),
    "diffnet": ("diffnet", SOFTMAX),
    "lightgcn": ("lightgcn", SOFTMAX),
    "mf": ("mf", SOFTMAX),
}
"""Model and what differs from the defaults of ``jaxrec train``. Adam ignores the scale of a loss,
so with a weight of a million items count for a millionth of what is learned; without a validation
of links that model ends at the last of the epochs."""

LINKS = {"loss": "bpr", "learning_rate": 1e-2, "l2": 1e-3}
"""Of ``lightgcn_links``, as in the single run of experiments/social_ratings; for the epochs that
a tenth of the training links chose, it is trained again with that tenth."""
METHODS = (*ITEMS, "lightgcn_links")
SOCIAL = "social"
PUBLISHED = {
    "items": {"DiffNet, published": (0.1757, 0.1694), "LightGCN, published": (0.2064, 0.1972)}
}
"""recall@10 and ndcg@10 of RecBole-GNN's README on the same data in the same proportions."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The run of record; README.md says what was reduced for its time."""

    data: str = "lastfm-social"
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    methods: tuple[str, ...] = METHODS
    dim: int = 32
    batch_size: int = 4096
    learning_rate: float = 1e-2
    epochs: int = 15
    """At most, of models of items."""
    link_epochs: int = 60
    """At most, of ``lightgcn_links``."""
    validate_every: int = 3
    """Epochs."""
    test_links: float = 0.2
    """Share of the links."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Of both splits and of training."""
    quick: bool = False
    """One seed, two epochs, to see it run."""
    out: str = "experiments/friends/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, Any]:
    """Trains MutualRec on items and friends, jointly and apart, and compares with baselines.

    Raises:
      InputError: no such data, or a method of another name.
    """
    check_names(config.methods, METHODS, "--methods")
    if config.quick:
        small: dict[str, Any] = {"seeds": (0,), "epochs": 2, "link_epochs": 2, "validate_every": 1}
        config = dataclasses.replace(config, **small)
    methods = [name for name in METHODS if name in {"mutualrec", *config.methods}]
    runs: Runs = {name: [] for name in (*methods, *BASELINES)}
    found: dict[str, Any] = {}
    for seed in config.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            joint = Path(scratch) / "mutualrec"  # First of METHODS: others take its links.
            for name in methods:
                if name == "lightgcn_links":
                    runs[name].append(links_alone(config, joint, seed))
                else:
                    runs[name].append(ranked(config, name, seed, Path(scratch) / name))
            for name, one in _baselines(joint, seed).items():
                runs[name].append(one)
        rows = {name: [one.row for one in each] for name, each in runs.items()}
        found = {"rows": rows, "comparisons": comparisons(runs)}
        settings = dataclasses.asdict(config)  # After every seed: what is there may be read.
        path = Path(config.out) / f"{config.data}.json"
        write(path, settings, rows, comparisons=found["comparisons"])
    for what in AGAINST:
        _show(what, found)
    return found


def ranked(config: Config, name: str, seed: int, out: Path) -> Measured:
    """A model of items on one split, measured on items, and on friends where it ranks them."""
    model, own = ITEMS[name]
    settings: dict[str, Any] = own | {
        "dim": config.dim,
        "batch_size": config.batch_size,
        "seed": seed,
    }
    settings |= {"learning_rate": config.learning_rate, "epochs": config.epochs}
    settings |= {"split": "random", "test_fraction": 0.1, "valid_fraction": 1 / 9}
    settings |= {"split_seed": seed, "k": (10,), "select": "recall@10", "refit": False}
    settings |= {"data_dir": config.data_dir, "validate_every": config.validate_every, "out": out}
    if model == "mutualrec":
        settings |= {"test_links": config.test_links}
    if name == "mutualrec_friends":
        settings |= {"validate_every": config.epochs}
    run = jaxrec.fit(config.data, model, **settings)
    row, per_user = _row(run, seed), {}
    if name != "mutualrec_friends":
        row |= {"items": _kept(run.metrics)}
        row |= {"popularity": _kept(run.results["baselines"]["popularity"])}
        per_user["items"] = pl.read_parquet(out / "per_user.parquet")
    if model == "mutualrec" and name != "mutualrec_items":
        row |= {"friends": _kept(run.results["friends"]["mutualrec"])}
        per_user["friends"] = pl.read_parquet(out / "per_user_friends.parquet")
    return Measured(row, per_user)


def links_alone(config: Config, joint: Path, seed: int) -> Measured:
    """LightGCN on the links that ``joint`` learned from, measured on those it held out."""
    data = read_run(joint).data
    social, n_users = data.relations[SOCIAL], len(data.user_ids)
    kind = np.zeros(len(social), np.int32)
    triples = Triples(social.senders, kind, social.receivers, n_users, 1)
    names = data.user_ids.cast(pl.String), pl.Series([SOCIAL])
    graph = KnowledgeGraph(config.data, triples, *names, social.given, {})
    settings: dict[str, Any] = LINKS | {"task": "friends", "split": "given", "split_seed": seed}
    settings |= {"dim": config.dim, "epochs": config.link_epochs, "seed": seed, "k": (10,)}
    run = jaxrec.fit(graph, "lightgcn", validate_every=config.validate_every, **settings)
    per_user = pl.read_parquet(run.folder / "per_user.parquet")
    return Measured(_row(run, seed) | {"friends": _kept(run.metrics)}, {"friends": per_user})


def _baselines(joint: Path, seed: int) -> dict[str, Measured]:
    run = read_run(joint)
    links = friend_data(split_links(run.data.relations[SOCIAL]), run.data.user_ids)
    question = FRIENDS.question(links, "test", run.options)
    user = links.user_ids.gather(question.users)
    return {
        name: Measured(
            {"seed": seed, "friends": _kept(measured.mean)},
            {"friends": pl.DataFrame({"user": user} | measured.per_user)},
        )
        for name, measured in measure_friend_baselines(question, run.options.k).items()
    }


def _row(run: jaxrec.Run, seed: int) -> dict[str, Any]:
    about = {"epoch": run.results["model"]["epoch"], "valid": run.results["valid"]["recall@10"]}
    return {"seed": seed} | about | {"seconds": run.results["seconds"]}


def _kept(metrics: dict[str, float]) -> dict[str, float]:
    return {name: metrics[name] for name in METRICS}


def _show(what: str, found: dict[str, Any]) -> None:
    table = Table(title=f"{what}, held out", title_justify="left")
    table.add_column("")
    for name in (*METRICS, "mutualrec is higher by, recall@10", "p"):
        table.add_column(name, justify="right")
    told_of = {
        one["against"]: (f"{one['difference']:.4f} [{one['low']:.4f}, {one['high']:.4f}]", one["p"])
        for one in found["comparisons"]
        if one["ranked"] == what and one["metric"] == METRICS[0]
    }
    for name, rows in found["rows"].items():
        if what in rows[0]:
            runs = [{"test": row[what]} for row in rows]
            difference, p = told_of.get(name, ("", None))
            cells = [*(told(runs, metric) for metric in METRICS), difference]
            table.add_row(name, *cells, "" if p is None else f"{p:.2g}")
    for name, numbers in PUBLISHED.get(what, {}).items():
        table.add_row(name, *(f"{number:.4f}" for number in numbers), "", "")
    Console(width=130).print(table)
