"""``jaxrec report``: groups and lists against files of the run, and a page that stands alone."""

import json
import re
import shutil
from html import unescape

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.cli.page.svg import LEFT, RIGHT, WIDTH, Line, bar_chart, line_chart
from jaxrec.runs.answer.list_groups import list_groups
from jaxrec.runs.run_report import run_report
from tests.cli.conftest import SMALL


@pytest.fixture(scope="module")
def ease(clicks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "ease"
    assert main(["train", "--data", str(clicks), "--model", "ease", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def page(run, ease, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "page.html"
    assert main(["report", str(run), str(ease), "--out", str(out)]) == 0
    return out.read_text()


@pytest.fixture(scope="module")
def pairs(run, tmp_path_factory):
    """Ids of training and test pairs, and lists of 20 that the command makes, by user."""
    rows = pl.read_parquet(run / "interactions.parquet")
    users = pl.read_parquet(run / "users.parquet")["user"].to_list()
    items = pl.read_parquet(run / "items.parquet")["item"].to_list()
    train, test = set(), set()
    for user, item, part in rows.select("user", "item", "slice").iter_rows():
        (test if part == 2 else train).add((users[user], items[item]))  # The refit learns both.
    out = tmp_path_factory.mktemp("lists") / "lists.csv"
    words = ["--all", "--hide", "train", "--k", "20", "--out", str(out)]
    assert main(["recommend", str(run), *words]) == 0
    return train, test, {tuple(row) for row in pl.read_csv(out).select("user", "item").rows()}


def test_groups_of_users_hold_all_and_have_the_recall_of_the_run(run, pairs):
    train, _, _ = pairs
    activity = list_groups(run).activity
    measured = dict(pl.read_parquet(run / "per_user.parquet").select("user", "recall@20").rows())
    count = {user: sum(one == user for one, _ in train) for user in measured}
    for row in activity.iter_rows(named=True):
        members = [u for u, n in count.items() if row["least"] <= n <= row["most"]]
        assert len(members) == row["users"]
        np.testing.assert_allclose(row["recall"], np.mean([measured[u] for u in members]), 1e-6)
    assert len(activity) > 1 and activity["users"].sum() == len(measured)
    total = (activity["recall"] * activity["users"]).sum() / len(measured)
    stored = json.loads((run / "metrics.json").read_text())["test"]["recall@20"]
    np.testing.assert_allclose(total, stored, rtol=1e-6)


def test_groups_of_users_count_repeats_where_these_are_kept(tmp_path):
    path, folder = tmp_path / "again.csv", tmp_path / "run"
    rows = [f"u{n},i{(n + m) % 7},{m}" for n in range(9) for m in range(4 + n % 3)]
    rows += [f"u0,i0,{m}" for m in range(-9, 0)]
    path.write_text("\n".join(["user,item,time", *rows]) + "\n")
    words = ["--model", "item_knn", "--n-neighbors", "3", "--shrink", "1", "--repeats", "keep"]
    words += ["--k", "2", "--select", "recall@2", "--split", "leave_one_out"]
    assert main(["train", "--data", str(path), *words, "--out", str(folder)]) == 0
    train = pl.read_parquet(folder / "interactions.parquet").filter(pl.col("slice") != 2)
    most = train.group_by("user").len()["len"].max()
    assert list_groups(folder).activity["most"].max() == most == 12


def test_groups_of_items_have_the_hits_that_the_lists_have(run, pairs):
    train, test, listed = pairs
    popularity = list_groups(run).popularity
    count = {item: sum(one == item for _, one in train) for _, item in train | test | listed}
    tested = {user for user, _ in test}
    for row in popularity.iter_rows(named=True):
        inside = lambda item, row=row: row["least"] <= count[item] <= row["most"]
        held = [pair for pair in test if inside(pair[1])]
        assert row["pairs"] == len(held)
        np.testing.assert_allclose(row["recall"], np.mean([pair in listed for pair in held]))
        places = [inside(item) for user, item in listed if user in tested]
        np.testing.assert_allclose(row["shown"], np.mean(places))
    assert popularity["pairs"].sum() == len(test)


def test_examples_mark_what_was_held_out(run, pairs):
    train, test, listed = pairs
    examples = list_groups(run).examples
    assert len(examples) == 3
    for row in examples.iter_rows(named=True):
        user = row["user"]
        assert set(row["held_out"]) == {item for one, item in test if one == user}
        assert set(row["list"]) == {item for one, item in listed if one == user}
        assert row["hit"] == [(user, item) in test for item in row["list"]]
        assert row["n_has"] == sum(one == user for one, _ in train)
        assert all((user, item) in train for item in row["has"])


def test_the_page_shows_metrics_of_both_runs_and_needs_nothing_else(page, run, ease):
    for folder in (run, ease):
        stored = json.loads((folder / "metrics.json").read_text())
        assert f"{stored['test']['ndcg@10']:.4f}" in page
        assert f"{stored['baselines']['popularity']['coverage@20']:.4f}" in page
        coverage = page[page.index("<h2>Coverage</h2>") : page.index("<h2>Examples of lists</h2>")]
        assert f"{stored['test']['coverage@20']:.4f}" in coverage
        assert stored["data"]["fingerprint"]["sha256"] in page
        for leak in stored["data"]["leaks"]:
            share = f"{leak['count']:,} of {leak['total']:,}" if leak["count"] else "none"
            assert f"<td>{leak['message']}</td><td>{share}</td>" in page
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == [
        "Metrics on the test slice",
        "Training",
        "Recall by activity of users",
        "Recall by popularity of items",
        "Coverage",
        "Examples of lists",
        "Leak checks",
        "How to repeat it",
    ]
    assert not re.search(r"(?:src|href)=|https?://|@import|url\(", page)
    assert page.count("test pairs also in train") == 2


def test_the_command_on_the_page_makes_the_same_run_again(page, ease, monkeypatch):
    line = unescape(re.findall(r"<pre>(.*?)</pre>", page)[1])
    words = line.split()
    assert words[:2] == ["jaxrec", "train"] and main(words[1:]) == 0
    again = json.loads((ease.with_name("ease-again") / "metrics.json").read_text())
    assert again["test"] == json.loads((ease / "metrics.json").read_text())["test"]


def test_ids_are_escaped(tmp_path):
    rows = [(f"<i>{user}", f"&{item}") for user in range(8) for item in range(8) if user != item]
    pl.DataFrame(rows, schema=["user", "item"], orient="row").write_csv(tmp_path / "clicks.csv")
    folder, out = tmp_path / "run", tmp_path / "page.html"
    words = ["--model", "ease", "--k", "2", "--select", "recall@2", "--out", str(folder)]
    assert main(["train", "--data", str(tmp_path / "clicks.csv"), *words]) == 0
    assert main(["report", str(folder), "--out", str(out)]) == 0
    text = out.read_text()
    assert "User &lt;i&gt;0" in text and "<i>" not in text and "&amp;1" in text


def test_runs_of_different_splits_are_said_to_be_not_comparable(page, clicks, ease, tmp_path):
    other, out = tmp_path / "other", tmp_path / "page.html"
    words = ["--model", "ease", "--split-seed", "1", "--out", str(other)]
    assert main(["train", "--data", str(clicks), *words]) == 0
    assert main(["report", str(ease), str(other), "--out", str(out)]) == 0
    said = "were not measured on the same test slice"
    assert said in out.read_text() and said not in page


def test_a_run_with_fit_all_is_shown_by_the_model_that_was_measured(clicks, ease, tmp_path):
    folder = tmp_path / "all"
    words = ["--model", "ease", "--fit-all", "--out", str(folder)]
    assert main(["train", "--data", str(clicks), *words]) == 0
    before, after = run_report(ease).lists, run_report(folder).lists
    assert after.popularity.equals(before.popularity) and after.examples.equals(before.examples)


def test_other_tasks_have_a_page_without_lists(clicks, tmp_path):
    folder, out = tmp_path / "run", tmp_path / "page.html"
    words = ["--task", "clicks", "--model", "mf", "--epochs", "2", "--out", str(folder)]
    assert main(["train", "--data", str(clicks), *SMALL[:4], *words]) == 0
    assert main(["report", str(folder), "--out", str(out)]) == 0
    assert "auc" in out.read_text() and "Examples of lists" not in out.read_text()


def test_places_that_cannot_be_written_are_refused(fails, run, tmp_path):
    assert "name a run" in fails("report", "--out", str(tmp_path / "page.html"))
    assert "end in .html" in fails("report", str(run), "--out", str(tmp_path / "page.pdf"))
    assert "make it first" in fails("report", str(run), "--out", str(tmp_path / "no" / "p.html"))
    assert "holds no run" in fails("report", str(tmp_path), "--out", str(tmp_path / "page.html"))
    unfinished = shutil.copytree(run, tmp_path / "unfinished")
    (unfinished / "metrics.json").unlink()
    line = fails("report", str(unfinished), "--out", str(tmp_path / "page.html"))
    assert "is not finished; finish it" in line and not (tmp_path / "page.html").exists()


def test_a_line_ends_where_its_last_value_is():
    chart = line_chart([Line("a", [0, 2, 4], [1.0, 0.5, 0.0], "#000")], "epoch", "loss")
    points = re.search(r'points="(.*?)"', chart)[1].split()
    x, y = zip(*(map(float, point.split(",")) for point in points), strict=True)
    assert (x[0], x[-1]) == (LEFT, WIDTH - RIGHT)
    np.testing.assert_allclose(y[1], (y[0] + y[2]) / 2)


def test_bars_are_as_high_as_their_values():
    chart = bar_chart(["1", "2"], {"a": [0.1, 0.4], "b": [0.2, 0.0]}, "n", "recall")
    heights = [float(each) for each in re.findall(r'<rect .*?height="(.*?)"', chart)]
    np.testing.assert_allclose(np.array(heights) / heights[2], [0.25, 0.5, 1, 0], atol=2e-3)
