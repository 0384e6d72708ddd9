"""Pages whose commands read files of their own: commands and Python run on such files."""

import re
from pathlib import Path

import jax
import numpy as np
import optax
import polars as pl
import pytest

import jaxrec
from jaxrec import Dataset, graph, models, ops, train
from jaxrec.cli.main import main
from jaxrec.data import checkerboard
from jaxrec.losses import bpr
from jaxrec.sampling import user_uniform
from tests.test_docs import DOCS
from tests.test_readme import commands

N_USERS, N_ITEMS = 40, 24
SMALL = ["--epochs", "1", "--batch-size", "32"]


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)


def users_and_items() -> pl.DataFrame:
    """Everyone has six of the items, and a rating for each; times follow the rows."""
    rng = np.random.default_rng(0)
    pairs = [(u, i) for u in range(N_USERS) for i in rng.permutation(N_ITEMS)[:6]]
    user, item = np.transpose(pairs)
    return pl.DataFrame(
        {
            "user": [f"u{u}" for u in user],
            "item": [f"sku{i}" for i in item],
            "rating": rng.integers(2, 11, len(pairs)) / 2,
            "time": 1_700_000_000 + np.arange(len(pairs)) * 60,
        }
    )


def write_files(folder: Path) -> None:
    """What the pages name: clicks.csv, ratings.csv, shown.csv, pairs, links, items, facts."""
    rows = users_and_items()
    rows.write_csv(folder / "ratings.csv")
    rows.select("user", "item", "time", session="user").write_csv(folder / "clicks.csv")
    shown = rows.select("user", "item", clicked=(pl.col("rating") > 3).cast(pl.Int8))
    shown.write_csv(folder / "shown.csv")
    rows.select("user", "item").head(5).write_csv(folder / "pairs.csv")
    views = pl.DataFrame({"item": ["sku1", "sku2"], "next": ["sku2", "sku5"], "count": [3, 1]})
    views.write_csv(folder / "coviews.csv")
    links = pl.DataFrame(
        {
            "user": [f"u{u}" for u in range(N_USERS)],
            "friend": [f"u{(u + 1) % N_USERS}" for u in range(N_USERS)],
        }
    )
    links.write_csv(folder / "friends.csv")
    links.write_csv(folder / "links.csv")
    labels = nodes_frame()
    labels.select("node", "label").head(N_USERS - 4).write_csv(folder / "labels.csv")
    labels.select("node", age=pl.Series(range(N_USERS))).write_csv(folder / "features.csv")
    items = pl.DataFrame({"item": [f"sku{i}" for i in range(N_ITEMS)], "price": range(N_ITEMS)})
    items.write_parquet(folder / "items.parquet")
    new = pl.DataFrame({"item": ["sku30"], "price": [7]})
    new.write_parquet(folder / "new_items.parquet")
    titles = [f"{'storm' if i % 2 else 'cup final'} number {i}" for i in range(N_ITEMS)]
    items.select("item", title=pl.Series(titles)).write_csv(folder / "news.csv")
    facts_frame().write_csv(folder / "triples.tsv", separator="\t")


def nodes_frame() -> pl.DataFrame:
    """Users in a ring, each linked to the next, with a class."""
    users = [f"u{u}" for u in range(N_USERS)]
    classes = ["tea" if u < N_USERS // 2 else "ale" for u in range(N_USERS)]
    return pl.DataFrame({"node": users, "next": [*users[1:], users[0]], "label": classes})


def facts_frame() -> pl.DataFrame:
    capitals = [("Berlin", "Germany"), ("Paris", "France"), ("Rome", "Italy"), ("Oslo", "Norway")]
    rows = [(city, "capital of", country) for city, country in capitals]
    rows += [(city, "lies in", country) for city, country in capitals]
    return pl.DataFrame(rows, schema=["head", "relation", "tail"], orient="row")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return tmp_path


@pytest.mark.integration
@pytest.mark.parametrize("page", ["tasks", "federated", "news"])
def test_every_command_of_a_page_with_files_runs(page, files):
    lines = commands("jaxrec", (DOCS / f"{page}.md").read_text())
    assert len(lines) >= 2
    for words in lines:
        if words[0] == "train":
            name = words[words.index("--model") + 1]
            rounds = ["--rounds", "2", "--clients-per-round", "8"] * ("--rounds" in words)
            trained = jaxrec.registry.entry(name).trained
            words = [*words, *(rounds or (SMALL * trained))]
        assert main(words) == 0, words
    if page == "tasks":
        assert pl.read_csv("predictions.csv").height == pl.read_csv("chances.csv").height == 5


def test_the_blocks_of_data_make_a_data_set_with_relations(files, capsys):
    frame = users_and_items()
    orders = frame.select(customer="user", sku="item", ordered_at="time")
    brands = frame.select("item", brand=pl.col("item").str.slice(3, 1)).unique()
    frame.select("user", friend=pl.col("user").reverse()).write_csv("trust.csv")
    names = {"orders": orders, "brands": brands}
    for block in blocks("data.md"):
        exec(compile(block, "data.md", "exec"), names)
    assert set(names["data"].relations) == {"trust", "brand"}
    assert names["data"].relations["brand"].n_sources == N_ITEMS
    assert capsys.readouterr().out.startswith("trust: ")


@pytest.mark.integration
def test_the_blocks_of_tasks_and_federated_fit(files):
    names = {"jaxrec": jaxrec, "facts": facts_frame()}
    of_facts, of_nodes = blocks("tasks.md")
    exec(compile(of_facts.replace("dim=64", "dim=4, epochs=1"), "tasks.md", "exec"), names)
    nodes = nodes_frame()
    names |= {"edges": nodes.select("node", "next"), "labels": nodes.head(N_USERS - 4)}
    names["labels"] = names["labels"].select("node", "label")
    exec(compile(of_nodes.replace('nodes")', 'nodes", epochs=1)'), "tasks.md", "exec"), names)
    rows = users_and_items()
    ids = [f"u{u}" for u in range(N_USERS)]
    trust = pl.DataFrame({"user": ids, "friend": ids[1:] + ids[:1]})
    data = Dataset.from_frame(rows, user="user", item="item", rating="rating")
    data = data.with_relation("trust", *jaxrec.data.read_relation(trust, data, directed=True))
    (block,) = blocks("federated.md")
    names |= {"data": data}
    short = block.replace("rounds=200, clients_per_round=256", "rounds=2, clients_per_round=8")
    exec(compile(short, "federated.md", "exec"), names)
    assert names["run"].results["federated"]


@pytest.mark.skipif(jax.device_count() != 1, reason="eight features are split in tests/devices")
@pytest.mark.integration
def test_the_block_of_devices_trains(key):
    """On a mesh of the one device that there is."""
    likes = checkerboard(16).train
    model = models.lightgcn(16, 16, dim=8)
    names = {"ops": ops, "graph": graph, "train": train, "optax": optax, "jax": jax}
    names |= {"likes": likes, "model": model, "key": key}
    names["loss"] = train.objective(model, rank=(1.0, train.rank(model, bpr)))
    names["sample"] = lambda key, likes: user_uniform(key, likes, n_items=16, batch_size=16)
    (block,) = blocks("devices.md")
    exec(compile(block.replace("n_features=8", "n_features=1"), "devices.md", "exec"), names)
    tables = names["params"]
    assert int(names["state"].step) == 100
    assert {name: np.shape(table) for name, table in tables.items()} == {
        name: table.shape for name, table in model.init(key).items()
    }
