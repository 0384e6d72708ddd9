import json

import polars as pl
import pytest

from jaxrec.cli.inspect import inspect
from jaxrec.cli.main import main
from jaxrec.cli.options.by_model import inspect_kind
from jaxrec.runs.store.run_folder import read_data


@pytest.fixture
def printed(capfd):
    def run(*words: str) -> str:
        capfd.readouterr()
        assert main(list(words)) == 0
        return capfd.readouterr().out

    return run


def test_a_pipe_gets_csv_with_the_callers_ids(run, printed):
    text = printed("recommend", str(run), "--users", "u3", "u7", "--k", "4")
    frame = pl.read_csv(text.encode())
    assert frame.columns == ["user", "item", "rank", "score"]
    assert frame["user"].to_list() == ["u3"] * 4 + ["u7"] * 4
    assert frame["rank"].to_list() == [1, 2, 3, 4] * 2
    assert frame["item"].str.starts_with("ä").all()
    assert all(group["score"].is_sorted(descending=True) for _, group in frame.group_by("user"))


def known_pairs(run) -> set[tuple[str, str]]:
    data = read_data(run)
    parts = (data.split.train, data.split.valid, data.split.test)
    return {
        (data.user_ids[int(user)], data.item_ids[int(item)])
        for part in parts
        for user, item in zip(part.user, part.item, strict=True)
    }


def test_nobody_is_recommended_what_they_have_unless_asked(run, tmp_path):
    path = tmp_path / "all.parquet"
    assert main(["recommend", str(run), "--all", "--k", "20", "--out", str(path)]) == 0
    frame = pl.read_parquet(path)
    known = known_pairs(run)
    assert frame["user"].n_unique() == 60
    assert not known & set(zip(frame["user"], frame["item"], strict=True))
    words = ["--all", "--k", "40", "--hide", "none", "--out", str(path)]
    assert main(["recommend", str(run), *words]) == 0
    frame = pl.read_parquet(path)
    assert len(frame) == 60 * 40
    assert known < set(zip(frame["user"], frame["item"], strict=True))


@pytest.mark.parametrize(
    ("suffix", "read"),
    [("csv", pl.read_csv), ("parquet", pl.read_parquet), ("jsonl", pl.read_ndjson)],
)
def test_every_format_holds_the_same_rows(run, tmp_path, suffix, read):
    path, names = tmp_path / f"lists.{suffix}", tmp_path / "names.txt"
    names.write_text("u1\n\nu2\n")
    words = ["--users-file", str(names), "--k", "3", "--out", str(path)]
    assert main(["recommend", str(run), *words]) == 0
    frame = read(path)
    assert frame["user"].to_list() == ["u1"] * 3 + ["u2"] * 3
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_recommended_items_come_from_the_users_own_block(run, tmp_path):
    path = tmp_path / "lists.csv"
    assert main(["recommend", str(run), "--all", "--k", "1", "--out", str(path)]) == 0
    frame = pl.read_csv(path)
    block = {name: frame[name].str.slice(1).cast(pl.Int64) % 4 for name in ("user", "item")}
    assert (block["user"] == block["item"]).mean() > 0.8  # By chance: 0.25.


def test_similar_items_exclude_the_item_itself(run, printed):
    frame = pl.read_csv(printed("similar", str(run), "--items", "ä1", "ä2", "--k", "5").encode())
    assert frame.columns == ["similar_to", "item", "rank", "score"]
    assert len(frame) == 10
    assert (frame["similar_to"] != frame["item"]).all()
    assert frame["score"].max() <= 1.0 + 1e-6


def test_evaluate_repeats_the_metrics_of_training(run, printed):
    text = printed("evaluate", str(run))
    test = json.loads((run / "metrics.json").read_text())["test"]
    assert f"{test['recall@10']:.4f}" in text and f"{test['ndcg@20']:.4f}" in text
    assert "popularity" in text


def test_inspect_counts_and_estimates(clicks, printed):
    text = printed("inspect", str(clicks), "--batch-size", "32", "--n-layers", "1", "--measure")
    for word in (
        "60",
        "40",
        "median",
        "fingerprint",
        "Time, roughly estimated",
        "(auto)",
        "Leak checks",
    ):
        assert word in text
    short = printed("inspect", str(clicks), "--no-forecast")
    assert "Leak checks" in short and "estimated" not in short


@pytest.mark.parametrize(
    "command", ["train", "evaluate", "recommend", "similar", "export", "compare", "inspect"]
)
def test_help_teaches(command, capfd):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert not stop.value.code
    text = capfd.readouterr().out
    assert f"jaxrec {command}" in text and len(text.splitlines()) > 10


def test_without_words_the_commands_are_listed(printed):
    text = printed()
    assert "recommend" in text and "jaxrec train" in text


def test_ids_in_a_file_of_users_follow_the_rules_of_tables(run, tmp_path, printed):
    ids = pl.read_parquet(run / "users.parquet")["user"].head(2).to_list()
    plain, marked = tmp_path / "plain.txt", tmp_path / "marked.txt"
    plain.write_text(f"{ids[0]}\n{ids[1]}\n")
    marked.write_bytes(f'\ufeff"{ids[0]}"\r\n\r\n {ids[1]}\u00a0'.encode())
    lists = [printed("recommend", str(run), "--users-file", str(path)) for path in (plain, marked)]
    assert lists[0] == lists[1] and str(ids[1]) in lists[0]


def test_inspect_counts_each_item_of_a_user_once(tmp_path, capfd):
    rows = [(u, i, t) for u in range(4) for i in range(3 + u) for t in range(1, 1 + (i == 0) * 5)]
    rows += [(u, 0, 99) for u in range(4)] + [
        (u, 1 + i, 50) for u in range(4) for i in range(2 + u)
    ]
    path = tmp_path / "again.csv"
    pl.DataFrame(rows, ["user", "item", "time"], orient="row").write_csv(path)
    found = inspect(inspect_kind("filter_r")(data=str(path), repeats="keep"))
    # Users have 3, 4, 5 and 6 items, whatever how often.
    assert found["degrees"]["items a user"] == {
        "p0": 3,
        "p10": 3,
        "p50": 4,
        "p90": 5,
        "p99": 5,
        "p100": 6,
    }
    assert found["density"] == (3 + 4 + 5 + 6) / (4 * 6)


def test_a_user_named_twice_has_one_list(run, printed, capfd):
    text = printed("recommend", str(run), "--users", "u3", "u7", " u3", "--k", "4")
    assert pl.read_csv(text.encode())["user"].to_list() == ["u3"] * 4 + ["u7"] * 4


def test_an_id_spelled_in_two_ways_has_one_list(tmp_path, capfd):
    path, run = tmp_path / "numbers.csv", str(tmp_path / "run")
    path.write_text("user,item\n" + "".join(f"{n % 6},{n * n % 7}\n" for n in range(42)))
    words = ["--model", "item_knn", "--k", "2", "--select", "recall@2", "--out", run]
    assert main(["train", "--data", str(path), *words]) == 0
    capfd.readouterr()
    assert main(["recommend", run, "--users", "5", "5.0", "--k", "2", "--hide", "none"]) == 0
    users = capfd.readouterr()
    assert main(["similar", run, "--items", "4", "1", "4.0", "--k", "1"]) == 0
    items = capfd.readouterr()
    assert pl.read_csv(users.out.encode())["user"].to_list() == [5, 5]
    assert pl.read_csv(items.out.encode())["similar_to"].to_list() == [4, 1]
    assert "1 users are named more than once" in users.err
    assert "1 items are named more than once" in items.err
