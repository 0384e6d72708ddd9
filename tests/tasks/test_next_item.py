"""Next items: sessions of strangers are asked about, item by item."""

import dataclasses
import json

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.runs import options_of
from jaxrec.runs.store.run_folder import read_data
from jaxrec.tasks.next_item.sessions import prepare

N_ITEMS = 12
SETTINGS = {"k": (3,), "select": "mrr@3"}
RECOGNISED = options_of("markov", split="auto")


@pytest.fixture(scope="module")
def frame():
    """Sessions that mostly step to the next item, and sometimes return to one; in time order."""
    rng, rows = np.random.default_rng(0), []
    for session in range(120):
        item, seen = rng.integers(N_ITEMS), []
        for place in range(rng.integers(2, 8)):
            rows.append((f"s{session}", f"i{item}", session * 100 + place))
            seen.append(item)
            back = rng.random() < 0.2
            item = rng.choice(seen) if back else (item + rng.choice([1, 1, 1, 2])) % N_ITEMS
    return pl.DataFrame(rows, schema=["session", "item", "time"], orient="row")


@pytest.fixture(scope="module")
def data(frame):
    columns = {"user": "session", "item": "item", "time": "time"}
    return jaxrec.Dataset.from_frame(frame, **columns, repeats="keep")


@pytest.fixture(scope="module")
def run(data):
    return jaxrec.fit(data, "markov", **SETTINGS)


def sessions_of(frame, names):
    return [frame.filter(session=name)["item"].to_list() for name in names]


def transitions(sessions):
    index = {f"i{n}": n for n in range(N_ITEMS)}
    counts = np.zeros((N_ITEMS, N_ITEMS))
    for items in sessions:
        for one, two in zip(items, items[1:], strict=False):
            counts[index[one], index[two]] += 1
    return counts, index


def test_the_test_slice_is_the_last_fifth_of_the_sessions(run, frame):
    stored = read_data(run.folder)
    asked = set(stored.user_ids.gather(np.unique(stored.split.test.user)))
    assert asked == {f"s{n}" for n in range(96, 120)}
    learned = set(stored.user_ids.gather(np.unique(stored.split.train.user)))
    assert not asked & learned and run.results["data"]["split"] == "users"


def test_every_item_that_another_precedes_is_asked_for_once(run, frame):
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    sessions = {name: sessions_of(frame, [name])[0] for name in rows["user"].unique()}
    expected = {
        (name, items[place], place)
        for name, items in sessions.items()
        for place in range(1, len(items))
    }
    assert set(rows.select("user", "item", "place").rows()) == expected
    assert run.results["data"]["places_tested"] == len(rows) == len(expected)


def test_metrics_are_those_of_transition_counts(run, frame):
    """Of the last item's successors; ties by popularity, then in expectation."""
    counts, index = transitions(sessions_of(frame, [f"s{n}" for n in range(96)]))
    learned = frame.filter(pl.col("session").is_in([f"s{n}" for n in range(96)]))
    popular = np.zeros(N_ITEMS)
    for item, n in learned["item"].value_counts().iter_rows():
        popular[index[item]] = n
    rank = []
    for items in sessions_of(frame, [f"s{n}" for n in range(96, 120)]):
        for last, target in zip(items, items[1:], strict=False):
            key = counts[index[last]] + popular / 1e6
            rank.append(1 + np.sum(key > key[index[target]]))
    rank = np.array(rank)
    assert run.metrics["hit@3"] == pytest.approx(np.mean(rank <= 3), abs=1e-9)
    assert run.metrics["mrr@3"] == pytest.approx(np.mean((rank <= 3) / rank), abs=1e-9)


def test_all_simple_baselines_stand_beside(run):
    names = {"popularity", "session_popularity", "repeat", "decayed_item_knn"}
    assert run.results["baselines"].keys() == names | {"markov_with_repeats"}
    assert all(run.metrics["mrr@3"] > run.results["baselines"][name]["mrr@3"] for name in names)


def test_lists_follow_the_last_item_known_of_a_session(run, data, frame):
    counts, index = transitions(sessions_of(frame, [f"s{n}" for n in range(96)]))
    for name in ("s3", "s110"):  # Of training, and a stranger of the test slice.
        last = sessions_of(frame, [name])[0][-1]
        listed = run.recommend([name], k=1)["item"].item()
        assert counts[index[last], index[listed]] == counts[index[last]].max()
    order = run.recommend(items=["i3", "i7"], k=1)["item"].item()
    assert counts[7, index[order]] == counts[7].max()
    other = run.recommend(histories={"user": ["a", "a"], "item": ["i7", "i3"]}, k=1)
    assert counts[3, index[other["item"].item()]] == counts[3].max()


def test_leave_one_out_asks_for_last_items_and_hides_what_was_seen(frame, data):
    """Though items return in the data: each counts once, when it came first."""
    run = jaxrec.fit(data, "markov", split="leave_one_out", **SETTINGS)
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    assert rows["user"].n_unique() == len(rows)
    assert not {"repeat", "session_popularity"} & run.results["baselines"].keys()
    assert run.results["data"]["repeats"] == "dropped"
    first = frame.unique(["session", "item"], keep="first", maintain_order=True)
    for name, item in rows.select("user", "item").rows():
        history = first.filter(session=name)["item"].to_list()
        assert history[-1] == item
        assert not set(run.recommend([name], k=4)["item"]) & set(history)
    again, once = ["i3", "i7", "i3"], ["i3", "i7"]
    lists = run.recommend(items=once, k=4)
    assert run.recommend(items=again, k=4).equals(lists)
    assert (
        run.recommend(histories={"user": [*"aaa"], "item": again}, k=4).drop("user").equals(lists)
    )


def test_a_given_split_that_leaves_one_out_is_recognized(frame):
    once = frame.unique(["session", "item"], keep="first", maintain_order=True)
    columns = {"user": "session", "item": "item", "time": "time"}
    data = jaxrec.Dataset.from_frame(once, **columns, repeats="keep")
    order = data.interactions.by_time()
    user, given = data.interactions.user[order], np.zeros(len(order), np.int8)
    several = np.bincount(user)[user] > 1
    given[order[np.append(user[1:] != user[:-1], True) & several]] = 2
    hides = lambda given: not prepare(dataclasses.replace(data, given=given), RECOGNISED).repeats
    assert hides(given)
    assert not hides(np.where(np.isin(data.interactions.user, user[given[order] == 2]), 2, 0))
    assert not hides(np.roll(given, 1))


def test_of_a_given_split_whole_sessions_are_held_out_for_validation(data):
    """As 100 of 120 sessions are in train, a tenth of them are ten; without that option, none."""
    session = np.unique(data.interactions.user, return_inverse=True)[1]
    given = dataclasses.replace(data, given=np.where(session < 100, 0, 2).astype(np.int8))
    run = jaxrec.fit(given, "markov", valid_fraction=0.1, **SETTINGS)
    split = read_data(run.folder).split
    train, valid, test = (set(part.user) for part in (split.train, split.valid, split.test))
    assert not train & valid and (len(train), len(valid), len(test)) == (90, 10, 20)
    other = jaxrec.fit(given, "markov", valid_fraction=0.1, valid="random", **SETTINGS)
    split = read_data(other.folder).split
    assert set(split.valid.user) <= set(split.train.user)


def test_the_command_line_measures_and_answers_the_same(run, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "sessions.csv")
    out = tmp_path / "run"
    words = ["--data", str(tmp_path / "sessions.csv"), "--user-column", "session", "--k", "3"]
    words += ["--model", "markov", "--select", "mrr@3", "--out", str(out)]
    assert main(["train", *words]) == 0
    told = " ".join(capfd.readouterr().out.split())
    assert "next items of 24 users, items seen before ranked, too" in told
    written = json.loads((out / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    assert main(["evaluate", str(out), "--k", "3"]) == 0
    assert f"{run.metrics['mrr@3']:.4f}" in capfd.readouterr().out
    assert main(["recommend", str(out), "--users", "s110", "--k", "2"]) == 0
    listed = pl.read_csv(capfd.readouterr().out.encode())
    assert listed["item"].to_list() == run.recommend(["s110"], k=2)["item"].to_list()
    assert main(["similar", str(out), "--items", "i1"]) == 2
    assert "answers no jaxrec similar; it has explain, recommend" in capfd.readouterr().err
    assert jaxrec.load(out).save(tmp_path / "saved").metrics == run.metrics


def test_sessions_of_one_item_ask_nothing():
    alone = {"user": [*"abcd"], "item": [*"xyxy"]}
    with pytest.raises(InputError, match="too few users have two interactions"):
        jaxrec.fit(jaxrec.Dataset.from_frame(alone, repeats="keep"), "markov")


def test_a_log_of_users_is_cut_into_sessions_that_are_held_out_whole(frame, tmp_path, capfd):
    """One user each for ten sessions in a row, a day apart; times with their zone."""
    session = pl.col("session").str.slice(1).cast(pl.Int64)
    minutes = session * 1440 + pl.col("time") % 100
    when = pl.datetime(2024, 1, 1, time_zone="Europe/Rome") + pl.duration(minutes=minutes)
    log = frame.select("item", user=pl.format("u{}", session // 10), time=when.dt.to_string("iso"))
    log.write_csv(tmp_path / "log.csv")
    out = str(tmp_path / "run")
    words = ["--data", str(tmp_path / "log.csv"), "--model", "markov", "--select", "mrr@3"]
    words += ["--k", "3", "--out", out]
    assert main(["train", *words, "--session-gap", "30m"]) == 0
    assert "sessions: 120, cut by --session-gap" in " ".join(capfd.readouterr().err.split())
    data = read_data(tmp_path / "run")
    held = set(data.user_ids.gather(np.unique(data.split.test.user)))
    assert held == {f"u{n // 10}/{n % 10 + 1}" for n in range(96, 120)}
    assert main(["recommend", out, "--users", "u11/10", "--k", "1"]) == 0
    assert main(["train", *words[:-1], str(tmp_path / "no"), "--session-gap", "30"]) == 2
    assert "--session-gap is '30'; give a number above 0 and a unit" in capfd.readouterr().err
