"""A file of ``--social`` that cannot be read ends in exit code 2 and one line that says why."""

import polars as pl
import pytest

from jaxrec.cli.main import main

TEXTS = {
    "empty.csv": "",
    "header.csv": "from,to\n",
    "one_column.csv": "u1\nu2\n",
    "three_columns.csv": "from,to,since\nu1,u2,1999\n",
    "two_names.csv": "from,from\nu1,u2\n",
    "strangers.csv": "from,to\nx,y\nz,w\n",
    "items.csv": "from,to\ni1,i2\n",
    "numbers.csv": "from,to\n1.5,2.5\n",
    "selves.csv": "from,to\nu1,u1\nu2,u2\n",
    "blank.csv": "from,to\nu1,\n",
    "short.csv": "from,to\nu1,u2\nu3\n",
    "long.csv": "from,to\nu1,u2\nu3,u4,u5\n",
    "quote.csv": 'from,to\n"u1,u2\n',
    "nul.csv": "from,to\nu1,\0u2\n",
    "no.parquet": "text",
    "broken.jsonl": '{"from": "u1"\n',
    "nested.jsonl": '{"from": {"id": "u1"}, "to": "u2"}\n',
    "no.csv.gz": "no gzip",
}
REPAIRS = {
    "missing.csv": "does not exist",
    "folder": "folder; give a file of edges",
    "utf16.csv": "save it as UTF-8",
    "latin1.csv": "line 2 is not UTF-8 text",
    "empty.csv": "give a file with a row a line",
    "header.csv": "a header and no rows",
    "one_column.csv": "line 1 is a single value, 'u1'",
    "three_columns.csv": "the columns from, to, since; leave the two of the ends",
    "two_names.csv": "two columns called 'from'; rename one",
    "strangers.csv": "none of 2 edges of strangers.csv, with user 'x'",
    "items.csv": "with user 'i1', ..., is of users of ratings, 'u0'",
    "numbers.csv": "with user '1.5'",
    "selves.csv": "self-links alone; give links between different rows",
    "blank.csv": "line 2 has no user; fill or remove it",
    "short.csv": "line 3 has no user",
    "long.csv": "line 3 has 3 values, line 1 has 2",
    "quote.csv": "line 2 has a quote that does not close",
    "nul.csv": "line 2 holds a NUL character",
    "no.parquet": "no readable Parquet file",
    "broken.jsonl": "line 1 is no whole JSON object",
    "nested.jsonl": "line 1: the source 'from' holds an object",
    "no.csv.gz": "cannot be read",
}
"""What each file's line says, after its name."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("links")
    pairs = [(f"u{u}", f"i{i}", (u * i) % 5 + 1) for u in range(12) for i in range(9) if u != i]
    pl.DataFrame(pairs, ["user", "item", "rating"], orient="row").write_csv(path / "ratings.csv")
    for name, text in TEXTS.items():
        (path / name).write_text(text)
    (path / "folder").mkdir()
    (path / "utf16.csv").write_bytes("from,to\nu1,u2\n".encode("utf-16"))
    (path / "latin1.csv").write_bytes("from,to\nu1,ü2\n".encode("latin1"))
    return path


def refused(folder, *words):
    """Trains, which must end with exit code 2 before a run folder is there."""
    data = str(folder / "ratings.csv")
    assert main(["train", "--data", data, "--out", str(folder / "run"), *words]) == 2
    assert not (folder / "run").exists()


@pytest.mark.parametrize("name", REPAIRS)
def test_one_line_says_what_is_wrong_with_the_file(name, folder, capfd):
    refused(
        folder,
        "--model",
        "diffnet",
        "--k",
        "5",
        "--select",
        "recall@5",
        "--social",
        str(folder / name),
    )
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert REPAIRS[name] in lines[0]


def test_models_that_read_no_links_and_relations_that_no_model_reads_are_refused(folder, capfd):
    links = str(folder / "selves.csv")
    refused(folder, "--model", "mf", "--social", links)
    assert "--social is no option of mf; it belongs to" in capfd.readouterr().err
    short = ("--k", "5", "--select", "recall@5")
    refused(folder, "--model", "diffnet", *short, "--relation", f"trusts={links}")
    assert "diffnet reads social; give NAME=FILE" in capfd.readouterr().err
    refused(folder, "--model", "diffnet", *short)
    assert "give --social FILE" in capfd.readouterr().err
