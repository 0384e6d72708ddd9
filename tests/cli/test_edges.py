"""What users met once and must not meet again."""

import json
import subprocess
import sys

import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.runs.store.formats import FORMAT
from jaxrec.runs.store.run_folder import read_config, read_data
from tests.cli.conftest import SMALL

FEW = ["--batch-size", "8", "--epochs", "2", "--k", "2", "--select", "recall@2"]


def write(path, rows, columns):
    pl.DataFrame(rows, schema=columns, orient="row").write_csv(path)
    return str(path)


@pytest.fixture(scope="module")
def repeating(tmp_path_factory):
    """A run on users who take the same two items again and again, in a file without times."""
    folder = tmp_path_factory.mktemp("repeating")
    rows = [(f"u{u}", f"i{i}") for _ in range(6) for u in range(8) for i in (u, u + 1)]
    daily, run = write(folder / "daily.csv", rows, ["user", "item"]), folder / "run"
    assert main(["train", "--data", daily, "--out", str(run), "--repeats", "keep", *FEW]) == 0
    return run


def test_repeats_without_times_are_kept(repeating):
    metrics = json.loads((repeating / "metrics.json").read_text())
    assert metrics["data"]["counts"]["repeated_pairs"] == 8 * 2 * 5
    assert metrics["baselines"]["repeat"]["recall@2"] == 1.0


def test_a_run_that_counts_repeats_may_recommend_what_users_have(repeating, tmp_path):
    lists = tmp_path / "lists.csv"
    assert main(["recommend", str(repeating), "--all", "--k", "9", "--out", str(lists)]) == 0
    assert len(pl.read_csv(lists)) == 8 * 9


def test_titles_and_ids_are_no_markup(tmp_path, capfd):
    rows = [(f"u{u}", f"[/b]{(u + n) % 9}", "[sic] A [/b] b") for u in range(9) for n in range(5)]
    data = write(tmp_path / "odd[1].csv", rows, ["user", "item", "item_title"])
    run = tmp_path / "[/b] run"
    assert main(["train", "--data", data, "--out", str(run), *FEW]) == 0
    assert "[sic] A [/b] b" in capfd.readouterr().out
    assert main(["evaluate", str(run), "--k", "2"]) == 0


def test_a_prolonged_run_keeps_its_new_length(clicks, tmp_path):
    run = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(run), *SMALL]
    assert main([*words, "--epochs", "5"]) == 0
    assert main(["train", "--out", str(run), "--resume", "--epochs", "10"]) == 0
    assert read_config(run)[0].epochs == 10
    assert main(["train", "--out", str(run), "--resume"]) == 0
    assert len((run / "history.csv").read_text().splitlines()) == 11


@pytest.mark.parametrize(("model", "r"), [("filter_r", 0.75), ("lightgcn", 0.25)])
def test_the_exponent_of_a_filter_of_before_was_that_of_the_history(model, r, tmp_path):
    config = {"options": {"model": model, "r": 0.25}}
    for about, expected in ((config, r), (config | {"format": FORMAT}, 0.25)):
        (tmp_path / "config.json").write_text(json.dumps(about))
        assert read_config(tmp_path)[0].r == expected


def test_users_without_training_interactions_get_the_popular_items(tmp_path, capfd):
    old = [(f"u{u}", f"i{(u + n) % 9}", n) for u in range(9) for n in range(8)]
    new = [("late", f"i{n}", 1_000) for n in range(3)] + [("u1", "i0", 1_000), ("u2", "i1", 1_000)]
    data = write(tmp_path / "late.csv", old + new, ["user", "item", "time"])
    run = tmp_path / "run"
    split = ["--split", "time", "--test-fraction", "0.07", "--valid-fraction", "0"]
    assert main(["train", "--data", data, "--out", str(run), *split, *FEW]) == 0
    capfd.readouterr()
    assert main(["recommend", str(run), "--users", "late", "--k", "3"]) == 0
    printed = capfd.readouterr()
    assert "1 of 1 users have no training interactions" in printed.err
    train = read_data(run).split.train
    counts = dict(zip(*[c.to_list() for c in pl.Series(train.item).value_counts()], strict=True))
    scores = pl.read_csv(printed.out.encode())["score"].to_list()
    assert scores == sorted(scores, reverse=True) and scores[0] <= max(counts.values())


def test_an_empty_validation_slice_is_told_of(tmp_path, capfd):
    rows = [(f"u{u}", f"i{(u + n) % 9}") for u in range(9) for n in range(3)]
    data = write(tmp_path / "tiny.csv", rows, ["user", "item"])
    assert main(["train", "--data", data, "--out", str(tmp_path / "run"), *FEW]) == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "--valid-fraction 0.1 holds nothing out of so few interactions" in told


def test_a_validation_slice_that_the_data_bring_is_waited_for(tmp_path, fails):
    """So --patience is read, but at --valid-fraction 0, which learns from that slice."""
    folder, run = tmp_path / "fixed", tmp_path / "run"
    folder.mkdir()
    for name, places in (("train", (0, 1, 2)), ("valid", (3,)), ("test", (4,))):
        lines = [" ".join([f"u{u}", *(f"i{(u + n) % 9}" for n in places)]) for u in range(9)]
        (folder / f"{name}.txt").write_text("\n".join(lines))
    words = ["train", "--data", str(folder), *FEW, "--patience", "1", "--validate-every", "1"]
    assert main([*words, "--out", str(run)]) == 0
    assert "valid" in pl.read_csv(run / "history.csv").columns
    said = fails(*words, "--valid-fraction", "0", "--out", str(tmp_path / "other"))
    assert "--patience is 1, but without a validation slice nothing reads it" in said


def test_a_reader_that_has_seen_enough_is_no_error(run):
    program = "from jaxrec.cli.main import entry; entry()"
    words = ["recommend", str(run), "--all", "--k", "40", "--hide", "none"]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", program, *words], **pipe)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(60), said) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["evaluate", "RUN", "--k", "0"], "--k"),
        (["train", "--seed", "-1"], "--seed"),
        (["train", "--split-seed", "99999999999"], "--split-seed"),
        (["train", "--init-scale", "nan"], "--init-scale"),
        (["recommend", "RUN", "--all", "--out", "nowhere/lists.csv"], "no folder nowhere"),
        (["inspect", "--model", "lightgnc"], "lightgcn"),
    ],
)
def test_more_that_users_can_repair(run, fails, words, said):
    assert said in fails(*(str(run) if word == "RUN" else word for word in words))
