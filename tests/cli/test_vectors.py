"""Vectors leave a run for a file, and another run reads them as features."""

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main

SMALL = {"dim": 4, "epochs": 2, "batch_size": 64, "k": (5,), "refit": False}
READS = ["--model", "pinsage", "--epochs=1", "--dim=4", "--hidden-dim=4", "--batch-size=32"]
READS += ["--k=5", "--select=mrr@5", "--shared-negatives=4", "--n-layers=1", "--no-refit"]


@pytest.fixture(scope="module")
def clicks():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((20, 12)) < 0.5)
    return pl.DataFrame({"user": [f"u{n}" for n in user], "item": [f"i,{n}" for n in item]})


@pytest.fixture(scope="module")
def run(clicks):
    data = jaxrec.Dataset.from_frame(clicks)
    return jaxrec.fit(data, "mf", select="recall@5", **SMALL)


def exported(run, path, *words):
    assert main(["export", str(run.folder), "--vectors", str(path), *words]) == 0
    return path


def test_items_and_users_have_the_vectors_that_score(run):
    items, users = run.vectors(), run.vectors("user")
    assert items.columns == ["item", "vector"] and users.columns == ["user", "vector"]
    best = run.recommend(["u3"], k=1, hide="none")
    row = dict(zip(items["item"], items["vector"].to_numpy(), strict=True))
    own = dict(zip(users["user"], users["vector"].to_numpy(), strict=True))["u3"]
    assert best["score"][0] == pytest.approx(max(own @ each for each in row.values()), rel=1e-5)
    assert row[best["item"][0]] @ own == pytest.approx(best["score"][0], rel=1e-5)


def test_inner_products_order_items_as_a_run_by_cosine_does(clicks):
    run = jaxrec.fit(
        jaxrec.Dataset.from_frame(clicks), "mf", select="recall@5", temperature=0.5, **SMALL
    )
    rows = {of: dict(run.vectors(of).iter_rows()) for of in ("item", "user")}
    best = run.recommend(["u3"], k=12, hide="none")
    products = {item: np.dot(rows["user"]["u3"], row) for item, row in rows["item"].items()}
    assert best["item"].to_list() == sorted(products, key=products.get, reverse=True)
    np.testing.assert_allclose(best["score"][0], products[best["item"][0]] / 0.5, rtol=1e-5)


@pytest.mark.parametrize("name", ["v.parquet", "v.csv", "v.npy"])
def test_a_file_of_each_kind_comes_back_as_the_same_features(name, run, clicks, tmp_path):
    path = exported(run, tmp_path / name)
    data = jaxrec.Dataset.from_frame(clicks)
    read = jaxrec.data.read_features(path, data).frame["vector"].to_list()
    expected = dict(zip(run.vectors()["item"], run.vectors()["vector"].to_list(), strict=True))
    for item, vector in zip(data.item_ids, read, strict=True):
        np.testing.assert_allclose(vector, expected[item], rtol=1e-6)


def test_vectors_of_one_run_are_features_of_another(run, clicks, tmp_path, capfd):
    path = exported(run, tmp_path / "v.npy")
    clicks.write_csv(tmp_path / "clicks.csv")
    words = [*READS, "--data", str(tmp_path / "clicks.csv"), "--item-features", str(path)]
    assert main(["train", *words, "--out", str(tmp_path / "run")]) == 0
    assert "features of 12 items, vector (" in capfd.readouterr().err
    assert jaxrec.load(tmp_path / "run").vectors()["vector"].dtype.shape == (4,)


def test_entities_of_facts_have_vectors_and_items_among_them_are_items(tmp_path, clicks):
    facts = pl.DataFrame({"head": clicks["item"], "relation": "by", "tail": clicks["user"]})
    found = jaxrec.fit(facts, "distmult", dim=4, epochs=1)
    frame = found.vectors()
    assert frame.columns == ["entity", "vector"] and len(frame) == 32
    frame.with_columns(pl.col("vector").arr.to_list()).write_parquet(tmp_path / "v.parquet")
    read = jaxrec.data.read_features(tmp_path / "v.parquet", jaxrec.Dataset.from_frame(clicks))
    assert read.counts == {"rows_read": 32, "unknown": 20, "without_row": 0}
    with pytest.raises(InputError, match="no entity of this run is called item:ID"):
        found.vectors("item")


WRONG = {
    "nothing": ([], "say what to write: --index hnsw"),
    "of": (["--of", "user"], "--of user says what --vectors are of"),
    "ending": (["--vectors", "v.txt"], "v.txt ends in none of .parquet, .csv, .npy"),
    "folder": (["--vectors", "nowhere/v.npy"], "there is no folder nowhere"),
    "entity": (["--vectors", "v.npy", "--of", "entity"], "mf has no entities; give --of item"),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_line_says_what_cannot_be_exported(name, run, capfd):
    words, line = WRONG[name]
    assert main(["export", str(run.folder), *words]) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and line in lines[0]


def test_models_without_vectors_and_files_of_the_run_are_refused(run, clicks, capfd):
    with pytest.raises(InputError, match="item_knn scores without vectors"):
        data = jaxrec.Dataset.from_frame(clicks)
        jaxrec.fit(data, "item_knn", k=(5,), select="recall@5").vectors()
    path = str(run.folder / "items.parquet")
    assert main(["export", str(run.folder), "--vectors", path]) == 2
    assert "is a file of the run itself" in capfd.readouterr().err


BROKEN = {
    "no ids": (lambda f: np.save(f / "v.npy", np.ones((2, 3))), "needs the ids of its rows"),
    "fewer ids": (lambda f: np.save(f / "v.npy", np.ones((3, 3))), "3 rows and v.ids.csv 2 ids"),
    "one axis": (lambda f: np.save(f / "v.npy", np.ones(2)), "holds no table of numbers"),
    "text": (lambda f: np.save(f / "v.npy", np.array([["a"], ["b"]])), "holds no table of numbers"),
    "no array": (lambda f: (f / "v.npy").write_text("x"), "is no readable array"),
    "two columns": (lambda f: np.save(f / "v.npy", np.ones((2, 3))), "has 2 columns; give one"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_arrays_that_cannot_be_read_are_refused_in_a_line(name, clicks, tmp_path):
    make, line = BROKEN[name]
    make(tmp_path)
    if name != "no ids":
        ids = "item,x\na,b\na,b\n" if name == "two columns" else "item\na\nb\n"
        (tmp_path / "v.ids.csv").write_text(ids)
    with pytest.raises(InputError, match=line) as error:
        jaxrec.data.read_features(tmp_path / "v.npy", jaxrec.Dataset.from_frame(clicks))
    assert "\n" not in str(error.value)
