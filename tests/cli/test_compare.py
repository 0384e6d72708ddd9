"""``jaxrec compare``: verdicts on real runs against scipy, refusals, and what is written.

A long file, for its two runs are compared in every way.
"""

import json
import shutil

import numpy as np
import polars as pl
import pytest
import scipy.stats

from jaxrec.cli.compare import compare
from jaxrec.cli.main import main
from jaxrec.cli.options.looking import CompareOptions
from jaxrec.runs.store.run_folder import read_data
from tests.cli.conftest import SMALL, without_manifest

WEAK = [*SMALL, "--model", "mf", "--epochs", "1"]


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """Trains a weak run with the words given; returns its folder."""

    def weak(data, name: str, *words: str):
        folder = tmp_path_factory.mktemp("compared") / name
        assert main(["train", "--data", str(data), "--out", str(folder), *WEAK, *words]) == 0
        return folder

    return weak


@pytest.fixture(scope="module")
def weak(train, clicks):
    return train(clicks, "weak")


def joined(first, second) -> pl.DataFrame:
    tables = (pl.read_parquet(folder / "per_user.parquet") for folder in (first, second))
    return (
        next(tables)
        .join(next(tables), on="user", suffix=" of second")
        .cast({pl.Float32: pl.Float64})
    )


def test_the_verdict_is_what_scipy_says_of_the_joined_files(run, weak, capfd):
    metrics = ("recall@20", "ndcg@10", "mrr@20")
    frame = compare(CompareOptions(runs=(str(weak), str(run)), metric=metrics))
    printed, files = capfd.readouterr().out, joined(weak, run)
    overall = frame.filter(pl.col("group") == "all")
    assert overall["metric"].to_list() == list(metrics)
    for row in overall.iter_rows(named=True):
        pair = [files[f"{row['metric']}{of}"].to_numpy() for of in (" of second", "")]
        t = scipy.stats.ttest_rel(*pair).pvalue
        ranks = scipy.stats.wilcoxon((pair[0] - pair[1]).round(6)).pvalue  # Float32 has no more.
        np.testing.assert_allclose([row["p_t"], row["p_wilcoxon"]], [t, ranks], rtol=1e-9)
        np.testing.assert_allclose(row["difference"], np.mean(pair[0] - pair[1]), rtol=1e-9)
        assert row["p_t"] <= row["holm_t"] <= 3 * row["p_t"]
        sure = max(row[f"holm_{test}"] for test in ("t", "wilcoxon", "permutation")) <= 0.05
        assert row["verdict"] == "better" and sure
        said = f"run is better than weak in {row['metric']} by {row['difference']:.4f} "
        assert f"{said}(95 % interval {row['low']:.4f} to {row['high']:.4f}; Holm-" in printed
        assert row["low"] < row["difference"] < row["high"]


def test_the_other_way_round_the_better_run_is_the_same(run, weak, capfd):
    frame = compare(CompareOptions(runs=(str(run), str(weak))))
    assert frame["verdict"][0] == "worse" and frame["difference"][0] < 0
    assert "run is better than weak in recall@20" in capfd.readouterr().out


def test_the_reference_may_be_named(run, weak):
    words = (str(run), str(weak))
    frame = compare(CompareOptions(runs=words, reference=f"{weak}/", groups=0))
    assert frame.select("reference", "run").rows() == [("weak", "run")]


def test_a_run_cannot_be_told_from_itself(run, capfd):
    frame = compare(CompareOptions(runs=(str(run), str(run))))
    assert frame["verdict"][0] == "same" and frame["p_t"][0] == frame["holm_permutation"][0] == 1
    assert "cannot be told apart in recall@20 (difference 0.0000" in capfd.readouterr().out


def test_users_are_paired_by_id_however_rows_are_numbered(run, weak, tmp_path):
    folder = tmp_path / "renumbered"
    shutil.copytree(weak, folder)
    users = pl.read_parquet(weak / "users.parquet")
    order = np.random.default_rng(0).permutation(len(users))
    users[order].write_parquet(folder / "users.parquet")
    pairs = pl.read_parquet(weak / "interactions.parquet")
    place = np.argsort(order).astype(np.int32)
    pairs = pairs.with_columns(user=pl.Series(place[pairs["user"].to_numpy()]))
    pairs.sample(fraction=1, shuffle=True, seed=0).write_parquet(folder / "interactions.parquet")
    vectors = pl.read_parquet(weak / "per_user.parquet").sample(fraction=1, shuffle=True, seed=1)
    vectors.write_parquet(folder / "per_user.parquet")
    without_manifest(folder)
    known, other = (
        compare(CompareOptions(runs=(str(run), str(one)))).drop("run") for one in (weak, folder)
    )
    assert known.equals(other)


def test_groups_part_the_users_by_training_interactions(run, weak, capfd):
    frame = compare(CompareOptions(runs=(str(run), str(weak)), groups=3))
    all_users, *groups = frame.iter_rows(named=True)
    assert f"{groups[0]['group']}" in capfd.readouterr().out
    data, vectors = read_data(run), pl.read_parquet(run / "per_user.parquet")
    train = data.split.learn_valid().train  # What the refit that is compared learned from.
    counts = np.bincount(train.user, minlength=len(data.user_ids))
    count_of = dict(zip(data.user_ids, counts, strict=True))
    before = 0
    for group in groups:
        least, most = map(int, group["group"].split(" to "))
        assert before < least <= most
        before = most
        own = [
            row["recall@20"]
            for row in vectors.iter_rows(named=True)
            if least <= count_of[row["user"]] <= most
        ]
        assert group["users"] == len(own)
        assert group["reference_mean"] == pytest.approx(np.mean(own))
        assert group["low"] <= group["difference"] <= group["high"]
        assert group["p_t"] is None and group["verdict"] is None
    assert sum(group["users"] for group in groups) == all_users["users"] == len(vectors)


@pytest.mark.parametrize(
    ("suffix", "read"),
    [("csv", pl.read_csv), ("parquet", pl.read_parquet), ("jsonl", pl.read_ndjson)],
)
def test_every_format_holds_the_same_rows(run, weak, tmp_path, suffix, read):
    path = tmp_path / f"found.{suffix}"
    frame = compare(CompareOptions(runs=(str(run), str(weak)), out=str(path)))
    written = read(path)
    assert written.columns == frame.columns
    assert written["group"].to_list() == frame["group"].to_list()
    np.testing.assert_allclose(written["difference"], frame["difference"], rtol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == [f"found.{suffix}"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["RUN"], "two runs or more"),
        ([], "two runs or more"),
        (["RUN", "nowhere"], "nowhere holds no run"),
        (["RUN", "WEAK", "--reference", "nowhere"], "nowhere holds no run"),
        (["RUN", "WEAK", "--metric", "recall@7"], "'recall@7'; --metric may be recall@10, "),
        (["RUN", "WEAK", "--metric", "user"], "has not measured 'user'"),
        (["RUN", "WEAK", "--alpha", "1.5"], "--alpha is 1.5"),
        (["RUN", "WEAK", "--groups", "-1"], "--groups is -1"),
        (["RUN", "WEAK", "--seed", "-1"], "--seed is -1"),
        (["RUN", "WEAK", "--out", "found.doc"], ".parquet"),
    ],
)
def test_bad_questions_are_one_line_and_write_nothing(run, weak, tmp_path, fails, words, said):
    folders = {"RUN": str(run), "WEAK": str(weak)}
    words = [folders.get(word, word) for word in words]
    if "--out" not in words:
        words += ["--out", str(tmp_path / "found.csv")]
    assert said in fails("compare", *words)
    assert not any(tmp_path.iterdir())


def test_other_data_are_refused(run, clicks, train, tmp_path, fails):
    lines = clicks.read_text().splitlines()
    (tmp_path / "fewer.csv").write_text("\n".join(lines[:-1]))
    other = train(tmp_path / "fewer.csv", "other")
    assert f"{other} read other data than {run}" in fails("compare", str(run), str(other))


def test_rankings_of_other_items_are_refused(tmp_path, fails):
    rows = [(u, i, 1 + 4 * ((u * 7 + i) % 3 > 0)) for u in range(20) for i in range(u % 3, 12, 2)]
    pl.DataFrame(rows, ["user", "item", "rating"], orient="row").write_csv(tmp_path / "r.csv")
    for name in ("hide", "show"):
        words = ["--data", str(tmp_path / "r.csv"), "--min-rating", "4", "--low-rated", name]
        words += ["--k", "5", "--select", "recall@5", "--out", str(tmp_path / name)]
        assert main(["train", *words, "--model", "filter_r"]) == 0
    line = fails("compare", str(tmp_path / "hide"), str(tmp_path / "show"))
    assert "another ranking" in line and "(--low-rated show, not hide)" in line


def test_another_test_slice_is_refused_with_the_option_that_made_it(run, clicks, train, fails):
    other = train(clicks, "other", "--split-seed", "1")
    line = fails("compare", str(run), str(other))
    assert "another test slice" in line and "(--split-seed 1, not 0)" in line


def test_another_training_slice_is_told_of(run, clicks, train, capfd):
    other = train(clicks, "other", "--valid-fraction", "0.3", "--no-refit")
    capfd.readouterr()
    assert main(["compare", str(run), str(other)]) == 0
    printed = capfd.readouterr()
    assert "learned from another training slice" in printed.err
    assert "(--valid-fraction 0.3, not 0.1, --refit False, not True)" in printed.err
    assert "run is better than other in recall@20" in printed.out


def test_users_that_one_run_has_not_tested_do_not_count(run, weak, tmp_path, capfd):
    folder = tmp_path / "fewer"
    shutil.copytree(weak, folder)
    vectors = pl.read_parquet(weak / "per_user.parquet")
    vectors[3:].write_parquet(folder / "per_user.parquet")
    without_manifest(folder)
    frame = compare(CompareOptions(runs=(str(run), str(folder))))
    assert frame["users"][0] == len(vectors) - 3
    assert f"{len(vectors) - 3} of {len(vectors)} users" in capfd.readouterr().err


def break_file(folder, name: str, content: str | None):
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("metrics.json", None, "is not finished; finish it: jaxrec train --resume"),
        ("per_user.parquet", None, "per_user.parquet is missing"),
        ("per_user.parquet", "broken", "per_user.parquet was damaged"),
        ("interactions.parquet", None, "interactions.parquet is missing"),
        ("config.json", "{}", "config.json"),
    ],
)
def test_a_run_without_one_of_its_files_is_named(run, weak, tmp_path, fails, name, content, said):
    folder = tmp_path / "broken"
    shutil.copytree(weak, folder)
    break_file(folder, name, content)
    line = fails("compare", str(run), str(folder))
    assert str(folder) in line and said in line


def test_a_config_that_says_nothing_of_the_data_is_named(run, weak, tmp_path, fails):
    folder = tmp_path / "broken"
    shutil.copytree(weak, folder)
    config = json.loads((folder / "config.json").read_text())
    del config["data"]
    (folder / "config.json").write_text(json.dumps(config))
    without_manifest(folder)
    assert f"{folder} is incomplete" in fails("compare", str(run), str(folder))
