"""``jaxrec embed``: a catalogue in files, by the features of its items."""

import json
import shutil

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.main import main
from jaxrec.runs.answer import embedding
from tests.tasks.test_new_items import N_ITEMS, items_frame, shop as shop
from tests.tasks.test_pinsage import SETTINGS


@pytest.fixture
def parts(tmp_path):
    """Five items of the run and seven others, in two files and an empty one."""
    folder, new = tmp_path / "parts", items_frame([1, 4, 8, 2, 5, 9, 11], seed=3)
    folder.mkdir()
    new = new.with_columns(item=pl.Series([f"n{n}" for n in range(7)]))
    pl.concat([items_frame([3, 0]), new.head(4)]).write_parquet(folder / "a.parquet")
    pl.concat([new.tail(3), items_frame([7, 11, 5])]).write_parquet(folder / "b.parquet")
    new.clear().write_parquet(folder / "c.parquet")
    return folder


def words_for(shop, parts, out):
    return ["embed", str(shop / "run"), "--items", f"{parts}/*.parquet", "--out", str(out)]


def vectors(path):
    frame = pl.read_parquet(path)
    return dict(zip(frame["item"], map(tuple, frame["vector"].to_list()), strict=True))


def test_vectors_are_those_of_the_run_and_of_new_items(shop, parts, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(embedding, "BLOCK", 2)  # So that a file has several blocks.
    assert main(words_for(shop, parts, tmp_path / "out")) == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "a.parquet: 6 items, 4 new to the run" in told and "c.parquet has no items" in told
    run, found = jaxrec.load(shop / "run"), {}
    for name in "ab":
        items = pl.read_parquet(parts / f"{name}.parquet")["item"].to_list()
        each = vectors(tmp_path / "out" / f"{name}.parquet")
        assert list(each) == items
        found |= each
    every = pl.concat([pl.read_parquet(parts / f"{name}.parquet") for name in "ab"])
    expected = run.with_new_items(every).vectors()
    assert len(found) == 12 < N_ITEMS + 7 == len(expected)
    for item, vector in zip(expected["item"], expected["vector"].to_list(), strict=True):
        if item in found:
            np.testing.assert_allclose(found[item], vector, rtol=1e-4, atol=1e-6)


def test_finished_files_are_not_done_again_and_changed_ones_are(shop, parts, tmp_path, capfd):
    out, run = tmp_path / "out", jaxrec.load(shop / "run")
    assert run.embed([parts / "a.parquet"], out) == 1
    before = (out / "a.parquet").stat().st_mtime_ns
    capfd.readouterr()
    assert main(words_for(shop, parts, out)) == 0
    assert "1 of 2 files were finished before" in " ".join(capfd.readouterr().err.split())
    assert (out / "a.parquet").stat().st_mtime_ns == before
    changed = pl.read_parquet(parts / "a.parquet").head(3)
    changed.write_parquet(parts / "a.parquet")
    (out / "b.parquet").unlink()
    assert run.embed([f"{parts}/*"], out) == 2
    assert list(vectors(out / "a.parquet")) == changed["item"].to_list()


def test_a_bad_file_in_the_middle_leaves_what_is_finished(shop, parts, tmp_path, capfd):
    out, frame = tmp_path / "out", pl.read_parquet(parts / "b.parquet")
    frame.with_columns(item=pl.lit("n1")).write_parquet(parts / "b.parquet")
    assert main(words_for(shop, parts, out)) == 2
    assert "b.parquet has two rows of item 'n1'; keep one" in capfd.readouterr().err
    assert list(json.loads((out / "embed.json").read_text())["files"]) == ["a.parquet"]
    frame.write_parquet(parts / "b.parquet")
    assert main(words_for(shop, parts, out)) == 0
    assert sorted(path.name for path in out.glob("*.parquet")) == ["a.parquet", "b.parquet"]


def spoil(parts, out, how):
    frame = pl.read_parquet(parts / "b.parquet")
    if how == "column":
        frame.drop("price").write_parquet(parts / "b.parquet")
    elif how == "type":
        frame.with_columns(price=pl.lit("cheap")).write_parquet(parts / "b.parquet")
    elif how == "damaged":
        (parts / "b.parquet").write_bytes(b"PAR1 and no more")
    elif how == "none":
        shutil.rmtree(parts)
    elif how == "twice":
        frame.write_ndjson(parts / "b.jsonl")
    elif how == "file":
        out.write_text("")
    elif how == "other":
        out.mkdir()
        (out / "notes.txt").write_text("")
    elif how == "run":
        out.mkdir()
        (out / "embed.json").write_text('{"run": "of another", "files": {}}')
    elif how == "broken":
        out.mkdir()
        (out / "embed.json").write_text("{")


@pytest.mark.parametrize(
    "how,said",
    {
        "column": "b.parquet lacks price, which the run was trained with",
        "type": "column 'price' of b.parquet holds String",
        "damaged": "b.parquet is no readable Parquet file",
        "none": "names no file; give files, or a pattern in quotes",
        "twice": "whose vectors would be one file; rename one",
        "file": "is a file; choose a folder",
        "other": "holds something else; choose a new or empty folder",
        "run": "holds vectors of another run",
        "broken": "embed.json is broken",
    }.items(),
)
def test_what_cannot_be_embedded_is_refused_in_one_line(how, said, shop, parts, tmp_path, capfd):
    out = tmp_path / "out"
    spoil(parts, out, how)
    words = words_for(shop, parts, out)
    words[words.index("--items") + 1] = f"{parts}/*"
    assert main(words) == 2
    assert said in capfd.readouterr().err.strip().splitlines()[-1]
    assert not (out / "b.parquet").exists()


def test_the_folder_of_the_items_is_no_place_for_vectors(shop, parts, capfd):
    assert main(words_for(shop, parts, parts)) == 2
    assert "holds something else" in capfd.readouterr().err


def test_a_run_without_features_has_nothing_to_embed_by(shop, parts, tmp_path, capfd):
    settings = SETTINGS | {"steps": 1, "epochs": 1, "refit": False}
    run = jaxrec.fit(jaxrec.read(str(shop / "clicks.csv")), "pinsage", **settings)
    words = words_for(shop, parts, tmp_path / "out")
    assert main([words[0], str(run.folder), *words[2:]]) == 2
    assert "was trained without --item-features" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()
