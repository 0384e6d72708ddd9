"""Friends by the command line: a file of two columns, and files that are none."""

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main


def test_the_command_line_reads_a_file_of_two_columns(tmp_path, capfd):
    pairs = [(u, v) for u in range(40) for v in range(u) if (u - v) % 4 == 0]
    user, friend = np.array(pairs)[np.random.default_rng(0).permutation(len(pairs))[:90]].T
    ends = {"user": [f"u{n}" for n in user], "friend": [f"u{n}" for n in friend]}
    path, out = tmp_path / "friends.csv", str(tmp_path / "run")
    pl.DataFrame(ends).write_csv(path)
    words = ["--data", str(path), "--out", out, "--epochs", "1", "--dim", "4"]
    assert main(["train", "--task", "friends", "--model", "mf", *words]) == 0
    printed = capfd.readouterr()
    assert "links: " in printed.err and "40 users, 40 candidates" in printed.err
    assert "adamic_adar" in printed.out and "ends of links of" in printed.out
    asked = ["recommend", out, "--users", "u3", "--k", "4", "--out", str(tmp_path / "lists.csv")]
    for more in ([], ["--friends"]):
        assert main([*asked, *more]) == 0
        found = pl.read_csv(tmp_path / "lists.csv")
        assert found.columns == ["user", "friend", "rank", "score"] and found.height == 4


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("user,friend\n", "header and no rows"),
        ("user,friend\na,a\nb,b\n", "with themselves and no other"),
        ("user,friend\na,\n", "line 2 has no node"),
        ("user,friend\na,b\n", "part is empty"),
        ("a\nb\n", "single"),
    ],
)
def test_a_file_that_is_no_list_of_links_ends_in_one_line(text, why, tmp_path, capfd):
    (tmp_path / "links.csv").write_text(text)
    words = ["--data", str(tmp_path / "links.csv"), "--out", str(tmp_path / "run")]
    assert main(["train", "--task", "friends", "--model", "mf", *words]) == 2
    assert not (tmp_path / "run").exists()
    error = capfd.readouterr().err.strip()
    assert why in error and error.count("\n") == 0
