"""Titles of news that cannot be read end in exit code 2 and one line that says why."""

import pytest

from jaxrec.cli.main import main

GOOD = "item,title\n" + "".join(f"n{n},storm coast cup {n}\n" for n in range(20))
TEXTS = {
    "empty.csv": "",
    "header.csv": "item,title\n",
    "no_item.csv": "nr,title\nn1,storm coast\n",
    "strangers.csv": "item,title\nx,storm coast\ny,cup final\n",
    "no_title.csv": "item,length\n" + "".join(f"n{n},{n}\n" for n in range(20)),
    "blank.csv": "item,title\n" + "".join(f"n{n},\n" for n in range(20)),
    "twice.csv": GOOD + "n1,storm again\n",
    "quote.csv": GOOD + 'n32,"open\n',
    "no.parquet": "text",
}
REPAIRS = {
    "missing.csv": "does not exist",
    "latin1.csv": "line 22 is not UTF-8 text; save it as UTF-8",
    "empty.csv": "is empty; give a file with a row a line",
    "header.csv": "holds a header and no rows",
    "no_item.csv": "has no column of ids, called item; it has nr, title: rename one",
    "strangers.csv": "none of 2 ids of strangers.csv, 'x', ...",
    "no_title.csv": "no column title; give --item-features FILE with columns item and title",
    "blank.csv": "nothing is known of any item of training: title are empty there",
    "twice.csv": "has two rows of item 'n1'; keep one",
    "quote.csv": "line 22 has a quote that does not close; pair it",
    "no.parquet": "is no readable Parquet file",
}
"""What each file's line says."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("news")
    rows = [f"u{u},n{n},{int((u + n) % 3 == 0)}\n" for u in range(12) for n in range(20)]
    (path / "shown.csv").write_text("user,item,label\n" + "".join(rows))
    for name, text in TEXTS.items():
        (path / name).write_text(text)
    (path / "latin1.csv").write_bytes((GOOD + "n31,café\n").encode("latin1"))
    return path


@pytest.mark.parametrize("name", REPAIRS)
def test_one_line_says_what_is_wrong_with_the_titles(name, folder, capfd):
    words = ["train", "--model", "gnewsrec", "--data", str(folder / "shown.csv")]
    run = folder / f"run_{name}"
    assert main([*words, "--item-features", str(folder / name), "--out", str(run)]) == 2
    assert not run.exists()
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert REPAIRS[name] in lines[0]
