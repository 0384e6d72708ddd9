"""Unknown ids among known ones are skipped and counted; ``--strict`` refuses them."""

import polars as pl
import pytest

from jaxrec.cli.main import main

KNOWN = {"--users": ["u3", "u7"], "--items": ["ä1", "ä2"]}


def words(command, run, flag, ids):
    return [command, str(run), flag, *ids, "--k", "3"]


CALLS = [("recommend", "--users"), ("similar", "--items")]


@pytest.mark.parametrize(("command", "flag"), CALLS)
def test_known_ids_are_answered_as_without_the_unknown(run, capfd, command, flag):
    known = KNOWN[flag]
    assert main(words(command, run, flag, known)) == 0
    alone = capfd.readouterr().out
    assert main(words(command, run, flag, [known[0], "x", "y", known[1], "x"])) == 0
    both = capfd.readouterr()
    assert both.out == alone
    assert f"2 of 4 {flag[2:]} skipped: unknown id 'x', 'y'; the" in both.err


@pytest.mark.parametrize(("command", "flag"), CALLS)
def test_strict_refuses_and_so_does_nothing_known(run, fails, tmp_path, command, flag):
    out = ["--out", str(tmp_path / "lists.csv")]
    assert "unknown id 'x'" in fails(*words(command, run, flag, [*KNOWN[flag], "x"]), "--strict")
    assert "unknown id 'x', 'y'" in fails(*words(command, run, flag, ["x", "y"]), *out)
    assert not list(tmp_path.iterdir())


def test_all_unknown_ids_are_written_beside_the_lists(run, tmp_path, capfd):
    names, out = tmp_path / "names.txt", tmp_path / "lists.parquet"
    names.write_text("u3\n" + "".join(f"x{n}\n" for n in range(5)))
    call = ["recommend", str(run), "--users-file", str(names), "--out", str(out)]
    assert main(call) == 0
    beside = tmp_path / "lists.unknown.csv"
    assert "unknown id 'x0', 'x1', 'x2' and 2 more" in (told := capfd.readouterr().err)
    assert f"all of them -> {beside}" in told
    assert pl.read_csv(beside).to_dict(as_series=False) == {"user": [f"x{n}" for n in range(5)]}
    assert pl.read_parquet(out)["user"].unique().to_list() == ["u3"]
    names.write_text("u3\n")
    assert main(call) == 0 and not beside.exists()  # It would speak of an earlier answer.


def test_a_file_that_is_read_is_not_overwritten(run, tmp_path, fails):
    names = tmp_path / "lists.unknown.csv"
    names.write_text("u3\nx\n")
    call = ["recommend", str(run), "--users-file", str(names), "--out", str(tmp_path / "lists.csv")]
    assert "would be overwritten; choose another --out" in fails(*call)
    assert names.read_text() == "u3\nx\n"
