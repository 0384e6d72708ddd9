"""``recommend --histories``: every new user of a table has a list, in one pass."""

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.main import main
from jaxrec.evaluate import item_counts
from jaxrec.runs.answer.serving import open_run

HISTORIES = {"zoe": ["ä1", "ä5", "ä1"], "u3": ["ä2"], "abe": ["ä3", "nothing"], "eve": ["other"]}


@pytest.fixture(scope="module", params=["lightgcn_item", "filter_r"])
def folding(clicks, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("folding") / "run"
    words = ["--data", str(clicks), "--model", request.param, "--out", str(folder)]
    short = (
        ["--epochs", "1", "--dim", "8", "--no-refit"] if request.param == "lightgcn_item" else []
    )
    assert main(["train", *words, *short]) == 0
    return folder


@pytest.fixture
def table(tmp_path):
    rows = [(user, item) for user, items in HISTORIES.items() for item in items]
    path = tmp_path / "new.parquet"
    pl.DataFrame(rows, schema=["member_id", "sku"], orient="row").write_parquet(path)
    return path


def test_lists_equal_those_of_items_one_user_at_a_time(folding, table, tmp_path, capfd):
    out = tmp_path / "lists.csv"
    call = ["recommend", str(folding), "--histories", str(table), "--k", "4", "--out", str(out)]
    assert main(call) == 0
    told = capfd.readouterr().err
    assert "2 of 6 items skipped: unknown id 'nothing', 'other'" in told
    assert "1 of 4 users were in training, too; their lists are made from the histories" in told
    assert "1 of 4 users have no item that this run knows; they get the popular items" in told
    assert pl.read_csv(tmp_path / "lists.unknown.csv")["item"].to_list() == ["nothing", "other"]
    frame = pl.read_csv(out)
    assert frame.columns == ["user", "item", "rank", "score"]
    assert frame["user"].unique(maintain_order=True).to_list() == list(HISTORIES)
    for user in ("zoe", "u3", "abe"):
        known = [item for item in HISTORIES[user] if item.startswith("ä")]
        assert main(["recommend", str(folding), "--items", *known, "--k", "4"]) == 0
        alone = pl.read_csv(capfd.readouterr().out.encode())
        found = frame.filter(pl.col("user") == user).drop("user")
        assert found["item"].to_list() == alone["item"].to_list()
        np.testing.assert_allclose(found["score"], alone["score"], rtol=1e-5)
    counts = item_counts(open_run(folding).data.split.train)
    popular = frame.filter(pl.col("user") == "eve")["score"].to_list()
    assert popular == sorted(counts, reverse=True)[:4]


def test_columns_without_usual_names_are_named(folding, table, tmp_path, fails, capfd):
    other = tmp_path / "other.csv"
    pl.read_parquet(table).rename({"member_id": "who", "sku": "what"}).write_csv(other)
    call = ["recommend", str(folding), "--histories", str(other)]
    assert "--user-column, --item-column" in fails(*call)
    assert main([*call, "--user-column", "who", "--item-column", "what"]) == 0


def test_a_table_of_unknown_items_is_refused_and_so_is_one_under_strict(folding, table, fails):
    call = ["recommend", str(folding), "--histories", str(table)]
    assert "unknown id 'nothing', 'other'" in fails(*call, "--strict")
    pl.DataFrame({"user": ["a", "b"], "item": ["x", "y"]}).write_parquet(table)
    assert "unknown id 'x', 'y'" in fails(*call)


def test_a_model_that_must_train_its_users_refuses_histories(run, table, fails):
    assert "must train a user" in fails("recommend", str(run), "--histories", str(table))
    assert "say for whom" in fails("recommend", str(run), "--histories", str(table), "--all")


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A run of ``markov`` in whose sessions a is followed by b, b by c, c by d."""
    folder = tmp_path_factory.mktemp("chain")
    rows = [(user, item, place) for user in range(9) for place, item in enumerate("abcd")]
    pl.DataFrame(rows, schema=["user", "item", "ts"], orient="row").write_csv(folder / "data.csv")
    words = ["--model", "markov", "--k", "2", "--select", "hit@2", "--out", str(folder / "run")]
    assert main(["train", "--data", str(folder / "data.csv"), *words]) == 0
    return folder / "run"


@pytest.mark.parametrize(
    "words", [["--user-column", "who"], ["--time-column", ""], ["--no-header"]]
)
def test_columns_without_histories_are_refused(words, run, fails):
    line = fails("recommend", str(run), "--users", "u1", *words)
    assert f"{words[0]} is of --histories; give both, or leave out {words[0]}" in line


def test_histories_of_sessions_are_read_by_their_times(chain, tmp_path, capfd):
    rows = {"user": [*"xxx"], "item": [*"bca"], "ts": [20, 30, 10]}  # Its last item is c.
    path = tmp_path / "new.csv"
    pl.DataFrame(rows).write_csv(path)
    following = {}
    for option in ([], ["--time-column", ""]):
        capfd.readouterr()
        assert main(["recommend", str(chain), "--histories", str(path), "--k", "1", *option]) == 0
        printed = capfd.readouterr()
        following[printed.err.split("\n")[0]] = pl.read_csv(printed.out.encode())["item"].item()
    start = "each user's items are read in the order of their"
    rest = "rows of the histories, for no times are known"
    assert following == {f"{start} times": "d", f"{start} {rest}": "b"}


def test_rows_of_histories_that_are_equal_in_everything_count_once():
    """As in training; without times they may be what a user did twice, and stay."""
    rng = np.random.default_rng(0)
    user, item = np.repeat(np.arange(30), 6), rng.integers(0, 9, 180)
    times = {"user": user, "item": item, "time": np.tile(np.arange(6), 30)}
    data = jaxrec.Dataset.from_frame(times, repeats="keep")
    run = jaxrec.fit(data, "decayed_item_knn", n_last=4, k=(3,), select="hit@3")
    rows = pl.DataFrame({"user": ["x"] * 6, "item": [1, 2, 2, 2, 3, 4], "time": [1, 2, 2, 2, 3, 9]})
    lists = {}
    for columns in (("user", "item", "time"), ("user", "item")):
        for name, given in (
            ("all", rows),
            ("once", rows.unique(keep="first", maintain_order=True)),
        ):
            lists[columns[-1], name] = run.recommend(histories=given.select(columns), k=9)
    assert lists["time", "all"].equals(lists["time", "once"])
    assert not lists["item", "all"].equals(lists["item", "once"])


def test_frames_of_histories_are_read_by_their_times(chain):
    run, rows = jaxrec.load(chain), {"user": [*"xxx"], "item": [*"bca"]}
    assert run.recommend(histories=rows, k=1)["item"].item() == "b"
    days = [f"2024-01-0{day}" for day in (2, 3, 1)]
    assert run.recommend(histories=rows | {"time": days}, k=1)["item"].item() == "d"
    with pytest.raises(jaxrec.InputError, match="histories row 1"):
        run.recommend(histories=rows | {"time": ["2024-01-02", "soon", "2024-01-01"]})
