"""Options of whole runs reach what they name: slices, training, history and lists, by value.

A long file, for its runs are shared.
"""

import json

import jax
import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit.training import build_training, first_progress
from jaxrec.runs.store.run_folder import read_config, read_data
from jaxrec.tasks.ranking import candidates
from jaxrec.train import Checkpoints

N_USERS, N_ITEMS = 60, 40  # So many that a run numbers its rows otherwise than the file.
QUICK = ["--dim", "4", "--batch-size", "32", "--learning-rate", "0.05"]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Users u.. and items i.. whose titles name them; ratings and times in no order of the file."""
    rng = np.random.default_rng(5)
    rows = [
        (f"u{user}", f"i{item}", int(rng.integers(1, 6)), f"the title of i{item}")
        for user in range(N_USERS)
        for item in rng.choice(N_ITEMS, rng.integers(4, 9), replace=False)
    ]
    frame = pl.DataFrame(rows, schema=["user", "item", "rating", "item_title"], orient="row")
    time = 1_600_000_000 + 86_400 * rng.permutation(len(frame))
    path = tmp_path_factory.mktemp("wired") / "table.csv"
    frame.with_columns(timestamp=time).sample(fraction=1, shuffle=True, seed=1).write_csv(path)
    return path


def train(path, out, *words, model="item_knn"):
    command = ["train", "--data", str(path), "--out", str(out), "--model", model, "--k", "3", "5"]
    assert main([*command, "--select", "recall@5", *words]) == 0
    return out


def slices(run):
    """``[(user, item), ...]`` of train, validation and test, in the file's ids."""
    data = read_data(run)
    users, items = data.user_ids.cast(str), data.item_ids.cast(str)
    return [
        list(zip(users.gather(p.user), items.gather(p.item), strict=True))
        for p in (data.split.train, data.split.valid, data.split.test)
    ]


def by_user(frame, column="timestamp"):
    """Items of every user in the order of the column."""
    frame = frame.sort(column)
    users = frame["user"].unique(maintain_order=True)
    return {user: frame.filter(pl.col("user") == user)["item"].to_list() for user in users}


def test_the_test_is_each_users_latest_share_and_validation_the_latest_of_the_rest(table, tmp_path):
    words = ["--split", "latest", "--test-fraction", "0.25", "--valid-fraction", "0.4"]
    parts = slices(train(table, tmp_path / "run", *words))
    expected = [set(), set(), set()]
    for user, items in by_user(pl.read_csv(table)).items():
        n_test = max(int(len(items) * 0.25 + 0.5), 1)
        rest = items[:-n_test]
        n_valid = max(int(len(rest) * 0.4 + 0.5), 1) if len(rest) >= 3 else 0
        cut = len(rest) - n_valid
        for part, own in zip(expected, (rest[:cut], rest[cut:], items[-n_test:]), strict=True):
            part |= {(user, item) for item in own}
    assert [set(part) for part in parts] == expected
    assert [len(part) for part in parts] == [len(part) for part in expected]


def test_valid_names_the_rule_of_the_validation_slice_alone(table, tmp_path):
    words = ["--split", "random", "--valid-fraction", "0.4"]
    first, second = (
        slices(train(table, tmp_path / valid, *words, "--valid", valid))
        for valid in ("latest", "random")
    )
    assert set(first[2]) == set(second[2]) and set(first[1]) != set(second[1])
    order = {pair: n for n, pair in enumerate(pl.read_csv(table).sort("timestamp")[:, :2].rows())}
    for user, item in first[1]:
        earlier = [pair for pair in first[0] if pair[0] == user]
        assert all(order[pair] < order[user, item] for pair in earlier)


def test_the_split_seed_alone_moves_the_split(table, tmp_path):
    words = ["--valid-fraction", "0.2", "--split", "random"]
    plain, other, seeded = (
        slices(train(table, tmp_path / name, *words, *more))
        for name, more in (("a", []), ("b", ["--split-seed", "3"]), ("c", ["--seed", "3"]))
    )
    for part in (1, 2):
        assert set(plain[part]) == set(seeded[part]) != set(other[part])


def test_ratings_below_the_least_are_dropped(table, tmp_path):
    kept = pl.read_csv(table).filter(pl.col("rating") >= 3)
    parts = slices(train(table, tmp_path / "run", "--min-rating", "3"))
    assert sorted(pair for part in parts for pair in part) == sorted(kept[:, :2].rows())


def test_a_core_holds_users_and_items_of_so_many_interactions(table, tmp_path):
    frame = pl.read_csv(table)
    before = None
    while before != len(frame):
        before = len(frame)
        for column in ("user", "item"):
            frame = frame.filter(pl.len().over(column) >= 5)
    assert 0 < len(frame) < len(pl.read_csv(table))
    parts = slices(train(table, tmp_path / "run", "--k-core", "5"))
    assert sorted(pair for part in parts for pair in part) == sorted(frame[:, :2].rows())


@pytest.mark.parametrize("repeats", ["drop", "keep"])
def test_repeats_count_only_where_they_are_kept(repeats, table, tmp_path):
    frame = pl.read_csv(table)
    again = frame.head(30).with_columns(pl.col("timestamp") + 86_400_000)
    pl.concat([frame, again]).write_csv(tmp_path / "twice.csv")
    parts = slices(train(tmp_path / "twice.csv", tmp_path / "run", "--repeats", repeats))
    expected = frame[:, :2].rows() + (again[:, :2].rows() if repeats == "keep" else [])
    assert sorted(pair for part in parts for pair in part) == sorted(expected)


def test_lists_name_each_item_by_its_own_title(table, tmp_path, capfd):
    run = train(table, tmp_path / "run")
    capfd.readouterr()
    for words in (["recommend", str(run), "--all"], ["similar", str(run), "--items", "i3", "i7"]):
        assert main([*words, "--k", "4"]) == 0
        frame = pl.read_csv(capfd.readouterr().out.encode())
        assert len(frame) > 0
        assert frame["title"].to_list() == [f"the title of {item}" for item in frame["item"]]


def params_of(run):
    data, (options, _) = read_data(run), read_config(run)
    training = build_training(options, data.split.train)
    with Checkpoints(run / "checkpoint") as checkpoints:
        return checkpoints.restore(first_progress(training, 99)).state.params


def test_a_run_is_so_many_steps_an_epoch_from_its_seed(table, tmp_path):
    words = [*QUICK, "--seed", "3", "--steps", "3", "--epochs", "2", "--valid-fraction", "0"]
    words += ["--sampler", "interaction", "--negatives", "2", "--devices", "1"]
    run = train(table, tmp_path / "run", *words, model="mf")
    data, (options, _) = read_data(run), read_config(run)
    training = build_training(options, data.split.train)
    state = first_progress(training, seed=3).state
    sample = jax.jit(candidates.sampler(options, data.split.train.n_items))
    update = jax.jit(training.step.update)
    losses = []
    for _ in range(6):
        batch = sample(state.step_key(0), training.tables)
        assert batch.item.shape == (32, 1 + 2)
        state, metrics = update(state, training.graph, batch)
        losses.append(float(metrics["loss"]))
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    jax.tree.map(close, params_of(run), state.params)
    history = pl.read_csv(run / "history.csv")
    assert history["step"].to_list() == [3, 6] and history["epoch"].to_list() == [1, 2]
    close(history["loss"].to_numpy(), [np.mean(losses[:3]), np.mean(losses[3:])])


@pytest.fixture(scope="module")
def given(table, tmp_path_factory):
    """Folders with ``train.txt`` and ``test.txt``; the second's test slice is another."""
    rng, pairs = np.random.default_rng(2), by_user(pl.read_csv(table))
    folders = []
    for name in ("right", "poisoned"):
        folder = tmp_path_factory.mktemp(name)
        cut = {user: (items[:-2], items[-2:]) for user, items in pairs.items()}
        if name == "poisoned":
            every = sorted({item for items in pairs.values() for item in items})
            free = {user: sorted({*every} - {*own}) for user, (own, _) in cut.items()}
            cut = {
                user: (own, rng.choice(free[user], 2, replace=False).tolist())
                for user, (own, _) in cut.items()
            }
        for part, file in enumerate(("train.txt", "test.txt")):
            lines = [" ".join([u[1:], *(i[1:] for i in own[part])]) for u, own in cut.items()]
            (folder / file).write_text("\n".join(lines) + "\n")
        folders.append(folder)
    return folders


VALIDATED = [*QUICK, "--epochs", "7", "--validate-every", "2", "--valid-fraction", "0.3"]


@pytest.fixture(scope="module")
def runs(given, tmp_path_factory):
    """Two runs that differ in the test slice alone."""
    folder = tmp_path_factory.mktemp("runs")
    return [train(each, folder / each.name, *VALIDATED, model="lightgcn") for each in given]


def measured(run):
    return json.loads((run / "metrics.json").read_text())


def test_the_best_epoch_is_that_of_the_highest_validation_which_is_measured_again(runs):
    for run in runs:
        history = pl.read_csv(run / "history.csv")
        told = history.filter(pl.col("valid").is_not_null())
        assert told["epoch"].to_list() == [2, 4, 6, 7]
        best = told.row(told["valid"].arg_max(), named=True)
        found = measured(run)
        assert found["model"]["epoch"] == best["epoch"]
        assert found["valid"]["recall@5"] == pytest.approx(best["valid"], rel=1e-6)


def test_another_test_slice_changes_metrics_of_the_test_and_nothing_else(runs):
    tables = [pl.read_csv(run / "history.csv") for run in runs]
    assert tables[0].equals(tables[1])
    jax.tree.map(np.testing.assert_array_equal, *map(params_of, runs))
    jax.tree.map(np.testing.assert_array_equal, *(read_run(run).params for run in runs))  # Refit.
    right, poisoned = map(measured, runs)
    assert right["model"] == poisoned["model"] and right["valid"] == poisoned["valid"]
    assert right["test"]["recall@5"] != poisoned["test"]["recall@5"]


def test_validation_is_recall_of_held_out_items_among_those_that_are_not_in_train(
    given, tmp_path, capfd
):
    """From scores of every item, by loops over users."""
    run = train(given[0], tmp_path / "run", *VALIDATED, "--no-refit", model="lightgcn")
    parts = slices(run)
    capfd.readouterr()
    assert main(["recommend", str(run), "--all", "--k", str(N_ITEMS), "--hide", "none"]) == 0
    frame = pl.read_csv(capfd.readouterr().out.encode()).with_columns(
        pl.col("user", "item").cast(str)
    )
    own = lambda part, user: {item for name, item in parts[part] if name == user}
    recalls = {"valid": [], "test": []}
    for user in sorted({user for user, _ in parts[0]}):
        ranked = frame.filter(pl.col("user") == user).sort("rank")["item"].to_list()
        assert len(ranked) == len(set(ranked)) == frame["item"].n_unique()
        for name, part, hidden in (("valid", 1, (0,)), ("test", 2, (0, 1))):
            future = own(part, user)
            seen = set().union(*(own(each, user) for each in hidden))
            shown = [item for item in ranked if item not in seen][:5]
            if future:
                recalls[name].append(len(future & {*shown}) / len(future))
    for name, values in recalls.items():
        assert measured(run)[name]["recall@5"] == pytest.approx(np.mean(values), rel=1e-5)


def test_a_prior_adds_to_scores_of_lists_and_changes_no_training(table, tmp_path, capfd):
    scores = []
    for name, prior in (("plain", "0"), ("prior", "0.7")):
        words = [*QUICK, "--epochs", "2", "--valid-fraction", "0", "--prior", prior]
        run = train(table, tmp_path / name, *words, model="mf")
        capfd.readouterr()
        assert main(["recommend", str(run), "--users", "u1", "u4", "--k", str(N_ITEMS)]) == 0
        frame = pl.read_csv(capfd.readouterr().out.encode())
        scores.append({(user, item): score for user, item, _, score, _ in frame.rows()})
    jax.tree.map(np.testing.assert_array_equal, params_of(tmp_path / "plain"), params_of(run))
    train_items = [item for _, item in slices(run)[0]]
    assert scores[0].keys() == scores[1].keys() and len(scores[0]) > N_ITEMS
    for (user, item), score in scores[0].items():
        share = np.log(max(train_items.count(item), 1) / len(train_items))
        assert scores[1][user, item] == pytest.approx(score + 0.7 * share, abs=1e-4)
