"""What users and items are called changes nothing: no draw, no metric, no list."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from jaxrec.cli.main import main
from jaxrec.data import block_model
from jaxrec.registry import MODELS
from jaxrec.runs.load import load_run
from jaxrec.runs.model_options import options_of
from jaxrec.tasks import NODES

N_USERS, N_ITEMS = 30, 24
FACTS = [(item, "stands in", f"block {item % 3}") for item in range(N_ITEMS)]
FACTS += [(item, "is like", (item * 7 + 3) % N_ITEMS) for item in range(0, N_ITEMS, 2)]


def interactions(seed: int) -> pl.DataFrame:
    """Blocks with ratings and coarse times, in a random order; some pairs come twice."""
    rng = np.random.default_rng(seed)
    blocks = block_model(N_USERS, N_ITEMS, n_blocks=3, p_in=0.7, p_out=0.1, seed=seed)
    chosen = rng.permutation(np.append(np.arange(len(blocks)), rng.integers(0, len(blocks), 20)))
    return pl.DataFrame(
        {
            "user": blocks.user[chosen],
            "item": blocks.item[chosen],
            "rating": rng.integers(1, 6, len(chosen)),
            "time": 1_600_000_000 + 1000 * rng.integers(0, 9, len(chosen)),
            "clicked": rng.integers(0, 2, len(chosen)),
        }
    )


def names(rng: np.random.Generator, n: int, kind: str) -> np.ndarray:
    """Ids of rows 0 to n - 1 that sort in another order, as numbers or as text."""
    order = rng.permutation(n)
    return order if kind == "numbers" else np.array([f"id {number:03d}" for number in order])


def write(folder: Path, frame: pl.DataFrame, user, item) -> tuple[str, str]:
    """A table, facts, friends and titles, with these names of users and items."""
    folder.mkdir(parents=True, exist_ok=True)
    named = frame.with_columns(
        user=pl.Series(user)[frame["user"].to_list()], item=pl.Series(item)[frame["item"].to_list()]
    )
    named.write_csv(folder / "table.csv")
    called = lambda end: end if isinstance(end, str) else str(item[end])
    lines = ["\t".join([called(head), kind, called(tail)]) for head, kind, tail in FACTS]
    (folder / "facts.tsv").write_text("\n".join(lines) + "\n")
    pairs = [f"{user[row]},{user[row + 3]}" for row in range(N_USERS - 3)]
    (folder / "friends.csv").write_text("\n".join(["from,to", *pairs]) + "\n")
    titles = [f"{name},the news {row % 5} of block {row % 3}" for row, name in enumerate(item)]
    (folder / "titles.csv").write_text("\n".join(["item,title", *titles]) + "\n")
    return str(folder / "table.csv"), str(folder / "facts.tsv")


def rows(data) -> dict[str, np.ndarray]:
    """All that a run computes from."""
    found = {}
    parts = {name: getattr(data.split, name) for name in ("train", "valid", "test")}
    for name, part in (parts | {"low": data.low_rated}).items():
        for column in ("user", "item", "rating", "time"):
            found[f"{name} {column}"] = None if part is None else getattr(part, column)
    if data.knowledge is not None:
        triples = data.knowledge.graph.triples
        found |= {role: getattr(triples, role) for role in ("head", "relation", "tail")}
        found["entity"] = data.knowledge.entity
    return found


@pytest.mark.parametrize("split", ["random", "rows", "users", "latest", "leave_one_out", "time"])
@given(
    seed=st.integers(0, 2**16),
    kinds=st.tuples(*[st.sampled_from(["numbers", "text"])] * 2),
    model=st.sampled_from(["mf", "ripplenet"]),
    min_rating=st.sampled_from([None, 3.0]),
    k_core=st.sampled_from([None, 2]),
    repeats=st.sampled_from(["drop", "keep"]),
)
@settings(max_examples=12)
def test_a_run_computes_from_the_same_rows(
    tmp_path_factory, split, seed, kinds, model, min_rating, k_core, repeats
):
    folder, rng = tmp_path_factory.mktemp("same"), np.random.default_rng(seed)
    frame, found = interactions(seed), []
    plain = np.arange(N_USERS), np.arange(N_ITEMS)
    other = names(rng, N_USERS, kinds[0]), names(rng, N_ITEMS, kinds[1])
    for n, (user, item) in enumerate((plain, other)):
        data, facts = write(folder / str(n), frame, user, item)
        told = {"data": data, "split": split, "min_rating": min_rating, "k_core": k_core}
        told |= {"repeats": repeats} | ({"kg": facts} if model == "ripplenet" else {})
        run, _ = load_run(options_of(model, **told))
        found.append(rows(run))
        back = {str(name): row for row, name in enumerate(user)}
        found[-1]["users"] = [back[str(name)] for name in run.user_ids]
    assert found[0].keys() == found[1].keys()
    for name, array in found[0].items():
        np.testing.assert_array_equal(array, found[1][name], err_msg=name)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The same interactions by other names, and how to get back to the first."""
    folder, rng = tmp_path_factory.mktemp("relabeled"), np.random.default_rng(0)
    user, item = names(rng, N_USERS, "text"), names(rng, N_ITEMS, "numbers")
    plain = np.arange(N_USERS), np.arange(N_ITEMS)
    frame = interactions(1)
    files = [write(folder / "a", frame, *plain), write(folder / "b", frame, user, item)]
    back = [
        {
            role: {str(name): row for row, name in enumerate(called)}
            for role, called in zip(("user", "item"), each, strict=True)
        }
        for each in (plain, (user, item))
    ]
    return folder, files, back


def answers(command: list[str], path: Path, back) -> list[tuple]:
    """The lists of a command by the first names, whatever order users come in."""
    assert main([*command, "--out", str(path)]) == 0
    frame = pl.read_csv(path)
    who = frame.columns[0]
    what = next(name for name in ("item", "entity", "tail") if name in frame.columns)
    whose = lambda column: back["user" if column == "user" else "item"]
    first = lambda column, name: str(whose(column).get(str(name), name))  # A block has one name.
    told = zip(frame[who], frame[what], frame["rank"], frame["score"], strict=True)
    return sorted(
        (first(who, query), rank, first(what, listed), score) for query, listed, rank, score in told
    )


SMALL = ["--min-rating", "2", "--k", "2", "10", "--select", "recall@10"]
LEARNED = ["--epochs", "1", "--batch-size", "64", "--validate-every", "1"]


def training(model: str, folder: Path) -> list[str]:
    """How a model is trained on the files of a folder."""
    entry, task = MODELS[model], MODELS[model].tasks[0].name
    facts = folder / ("friends.csv" if model == "node2vec" else "facts.tsv")
    words = ["--facts", str(facts)] if task == "links" else ["--data", str(folder / "table.csv")]
    words += {"ranking": SMALL, "links": [], "rating": []}.get(task, [*SMALL[:-1], "mrr@10"])
    if task == "clicks":
        words = ["--data", str(folder / "table.csv"), "--rating-column", "clicked"]
        words += ["--item-features", str(folder / "titles.csv")]
    words += LEARNED if entry.trained else []
    words += ["--kg", str(facts)] if entry.knows else []
    words += ["--social", str(folder / "friends.csv")] if entry.links else []
    words += ["--n-neighbors", "1"] if model in ("item_knn", "concept_knn") else []
    return ["train", "--model", model, *words]


QUICK = ("mf", "lightgcn", "lightgcn_item", "ripplenet")
"""Trained models that compile in a second or two."""


@pytest.mark.parametrize(
    "model",
    [
        name if name in QUICK or not entry.trained else pytest.param(name, marks=pytest.mark.slow)
        for name, entry in MODELS.items()
        if NODES not in entry.tasks  # tests/tasks/test_nodes.py
    ],
)
def test_a_model_measures_and_lists_the_same(two, model, tmp_path):
    _, files, back = two
    found = []
    for name, (data, _), called in zip("ab", files, back, strict=True):
        run, lists = str(tmp_path / name), tmp_path / "lists.csv"
        assert main([*training(model, Path(data).parent), "--out", run]) == 0
        results = json.loads((tmp_path / name / "metrics.json").read_text())
        metrics = {part: results[part] for part in ("valid", "test", "baselines", "model")}
        if model == "node2vec":  # Its entities are users.
            called = dict.fromkeys(called, called["user"])
        few = [each for each, row in called["item"].items() if row < 3]
        asked = {
            "recommend": ["--all", "--k", "5"],
            "similar": ["--items", *few, "--k", "4"],
            "complete": ["--head", *few, "--k", "4"],
        }
        asked["complete"] += [] if model == "node2vec" else ["--relation", "is like"]
        told = [
            answers([verb, run, *words], lists, called)
            for verb, words in asked.items()
            if verb in MODELS[model].tasks[0].verbs and (verb, model) != ("similar", "gnewsrec")
        ]
        found.append((metrics, told))
    assert found[0] == found[1]


def test_lists_through_an_index_are_the_same(two, tmp_path):
    pytest.importorskip("faiss")
    _, files, back = two
    found = []
    for name, (data, _), called in zip("ab", files, back, strict=True):
        run = str(tmp_path / name)
        assert main(["train", "--data", data, "--model", "mf", "--out", run, *SMALL, *LEARNED]) == 0
        assert main(["export", run, "--index", "hnsw", "--k", "5"]) == 0
        words = ["recommend", run, "--all", "--k", "5", "--index", f"{run}/recommend.hnsw"]
        found.append(answers(words, tmp_path / "lists.csv", called))
    assert found[0] == found[1]
