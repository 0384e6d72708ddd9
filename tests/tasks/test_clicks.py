"""Clicks: from a file of labels to AUC beside baselines, and to the chance of a click.

A long file, for one trained run is asked everything.
"""

import json
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError, registry
from jaxrec.cli.main import main
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit.training import build_epoch, build_training, first_progress
from jaxrec.runs.model_options import options_of
from jaxrec.runs.store.run_folder import read_data
from jaxrec.tasks import CLICKS
from tests.cli.wired import KNOWLEDGE, RELATIONS, TRAIN

N_USERS, N_ITEMS, N_KINDS = 40, 30, 3
SETTINGS = {"dim": 8, "epochs": 20, "batch_size": 64, "learning_rate": 0.02, "validate_every": 4}
WORDS = [
    part for name, value in SETTINGS.items() for part in (f"--{name.replace('_', '-')}", str(value))
]
PARTS = ("train", "valid", "test")


@pytest.fixture(scope="module")
def frame():
    """Pairs that were shown; most of a user's own kind of items are clicked, and few others."""
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((N_USERS, N_ITEMS)) < 0.6)
    chance = np.where(user % N_KINDS == item % N_KINDS, 0.9, 0.1)
    return pl.DataFrame({"user": user, "item": item, "label": rng.random(len(user)) < chance}).cast(
        {"label": pl.Int64}
    )


@pytest.fixture(scope="module")
def shown(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("shown") / "shown.csv"
    frame.write_csv(path)
    return str(path)


@pytest.fixture(scope="module")
def run(shown):
    return jaxrec.fit(shown, "mf", task="clicks", **SETTINGS)


def stored(run, label, *parts):
    """The rows of a label that the run has in ``parts``, in the caller's ids."""
    data = read_data(run.folder)
    of = data.split if label else data.negatives
    rows = [getattr(of, part) for part in parts]
    return pl.concat(
        pl.DataFrame(
            {
                "user": data.user_ids.gather(part.user),
                "item": data.item_ids.gather(part.item),
                "label": np.full(len(part), label),
            }
        )
        for part in rows
    )


def held_out(run):
    return pl.concat([stored(run, 1, "test"), stored(run, 0, "test")])


def auc(score, label):
    """The share of pairs of a clicked and another row in which the clicked one is above."""
    above = score[label == 1][:, None] - score[label == 0][None]
    return np.mean((above > 0) + 0.5 * (above == 0))


def metrics(user, score, label, threshold):
    both = [one for one in np.unique(user) if 0 < label[user == one].mean() < 1]
    by_user = [auc(score[user == one], label[user == one]) for one in both]
    right = (score >= threshold) == (label == 1)
    return {"auc": auc(score, label), "user_auc": np.mean(by_user), "accuracy": np.mean(right)}


def test_all_rows_are_stored_with_their_labels_a_fifth_in_the_test(run, frame):
    for label in (0, 1):
        rows = stored(run, label, *PARTS)
        assert sorted(rows.rows()) == sorted(frame.filter(label=label).rows())
    assert len(held_out(run)) == round(0.2 * len(frame))
    n_positive = frame["label"].sum()
    line = f"labels: {n_positive:,} of 1 and {len(frame) - n_positive:,} of 0"
    assert line in run.results["data"]["reading"] and run.results["data"]["split"] == "rows"


def test_metrics_are_those_of_the_predictions_of_the_test_rows(run):
    rows = held_out(run)
    predicted = run.predict(rows.select("user", "item"))["prediction"].to_numpy()
    user, label = rows["user"].to_numpy(), rows["label"].to_numpy()
    expected = metrics(user, predicted, label, threshold=0.5)
    assert run.metrics == pytest.approx(expected, rel=1e-6)
    measured = run.evaluate()["test"].filter(system="mf").drop("system").row(0, named=True)
    assert measured == pytest.approx(expected, rel=1e-6)


def test_a_prediction_is_the_sigmoid_of_the_score(run):
    served = read_run(run.folder).encoded()
    rows = held_out(run).head(20)
    user = [served.data.user_ids.to_list().index(one) for one in rows["user"]]
    item = [served.data.item_ids.to_list().index(one) for one in rows["item"]]
    reps = np.asarray(served.reps.query)[user], np.asarray(served.reps.item)[item]
    chance = 1 / (1 + np.exp(-np.sum(reps[0] * reps[1], axis=1)))
    predicted = run.predict(rows.select("user", "item"))
    np.testing.assert_allclose(predicted["prediction"], chance, rtol=1e-5)


def test_baselines_count_clicks_of_what_was_learned_from(run):
    learned = [stored(run, label, "train", "valid") for label in (1, 0)]  # The refit is measured.
    count, others = (np.bincount(rows["item"], minlength=N_ITEMS) for rows in learned)
    mean = len(learned[0]) / sum(map(len, learned))
    rate = (count + 10 * mean) / (count + others + 10)
    rows, found = held_out(run), run.results["baselines"]
    user, item, label = (rows[name].to_numpy() for name in rows.columns)
    for name, score in {"popularity": count, "click_rate": rate}.items():
        expected = metrics(user, score[item], label, threshold=0.5)
        assert found[name]["auc"] == pytest.approx(expected["auc"])
        assert found[name]["user_auc"] == pytest.approx(expected["user_auc"])
        assert run.metrics["auc"] > expected["auc"] + 0.1  # It has learned something.
    assert found["click_rate"]["accuracy"] == pytest.approx(np.mean((rate[item] >= 0.5) == label))


def test_a_vector_of_users_has_the_metric_as_its_mean(run):
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    assert rows.columns == ["user", "auc", "user_auc", "accuracy"]
    assert {name: rows[name].mean() for name in rows.columns[1:]} == pytest.approx(run.metrics)


def test_what_was_shown_and_not_clicked_may_be_recommended(run):
    listed = run.recommend([0], k=N_ITEMS)["item"].to_list()
    known = stored(run, 1, "train", "valid").filter(user=0)["item"].to_list()
    assert sorted(listed + known) == list(range(N_ITEMS))


def test_a_copy_predicts_the_same(run, tmp_path):
    pairs = held_out(run).select("user", "item").head(10)
    run.save(tmp_path / "copy")
    opened = jaxrec.load(tmp_path / "copy")
    assert opened.predict(pairs).equals(run.predict(pairs))
    assert opened.metrics == run.metrics


def test_the_command_line_trains_measures_and_predicts_the_same(run, shown, tmp_path, capfd):
    out = str(tmp_path / "run")
    assert (
        main(["train", "--task", "clicks", "--model", "mf", "--data", shown, "--out", out] + WORDS)
        == 0
    )
    printed = capfd.readouterr()
    assert "user_auc" in printed.out and "click_rate" in printed.out
    written = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    pl.DataFrame({"user": [0, 1, 99], "item": [3, 4, 4]}).write_csv(tmp_path / "pairs.csv")
    pairs, answers = str(tmp_path / "pairs.csv"), tmp_path / "predicted.csv"
    assert main(["predict", out, "--pairs", pairs, "--out", str(answers)]) == 0
    predicted, expected = pl.read_csv(answers), run.predict({"user": [0, 1], "item": [3, 4]})
    assert predicted.select("user", "item").rows() == [(0, 3), (1, 4)]
    np.testing.assert_allclose(predicted["prediction"], expected["prediction"], rtol=1e-5)
    assert main(["evaluate", out]) == 0
    assert f"{run.metrics['auc']:.4f}" in capfd.readouterr().out


def test_without_labels_as_many_pairs_of_label_0_are_drawn_once(frame, tmp_path):
    clicked = frame.filter(label=1).drop("label")
    clicked.write_csv(tmp_path / "clicked.csv")
    path, seeds = str(tmp_path / "clicked.csv"), ((0, 0), (1, 0), (0, 1))
    how: dict[str, Any] = SETTINGS | {"task": "clicks", "epochs": 1}
    runs = [jaxrec.fit(path, "mf", seed=one, split_seed=other, **how) for one, other in seeds]
    drawn = [sorted(stored(run, 0, *PARTS).drop("label").rows()) for run in runs]
    assert drawn[0] == drawn[1] != drawn[2]
    assert sorted(stored(runs[0], 1, *PARTS).drop("label").rows()) == sorted(clicked.rows())
    assert not set(drawn[0]) & set(clicked.rows())
    of_0 = pl.DataFrame(drawn[0], schema=["user", "item"], orient="row").group_by("user").len()
    assert sorted(of_0.rows()) == sorted(clicked.group_by("user").len().rows())
    (line,) = (line for line in runs[0].results["data"]["reading"] if line.startswith("labels"))
    assert f"of label 0 are {len(clicked)} pairs" in line and "--split-seed" in line


def test_a_pair_that_was_clicked_once_counts_as_clicked(frame, tmp_path):
    twice = pl.concat([frame.with_columns(label=pl.lit(0, pl.Int64)), frame.filter(label=1)])
    twice.write_csv(tmp_path / "twice.csv")
    run = jaxrec.fit(str(tmp_path / "twice.csv"), "mf", task="clicks", **SETTINGS | {"epochs": 1})
    assert sorted(stored(run, 1, *PARTS).rows()) == sorted(frame.filter(label=1).rows())
    assert sorted(stored(run, 0, *PARTS).rows()) == sorted(frame.filter(label=0).rows())


def test_a_data_set_in_memory_needs_its_zeros(run, frame):
    with pytest.raises(InputError, match="labels of 0, and mf learns from all.*min_rating=0"):
        jaxrec.fit(jaxrec.Dataset.from_frame(frame), "mf", task="clicks", **SETTINGS)
    whole = jaxrec.Dataset.from_frame(frame, min_rating=0)
    assert jaxrec.fit(whole, "mf", task="clicks", **SETTINGS).metrics == run.metrics


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        ("ease", {}, "--task is 'clicks'; ease answers ranking"),
        ("mf", {"select": "recall@20"}, "recall@20.*auc, user_auc, accuracy"),
        ("mf", {"devices": (2,)}, "mf runs on one device|--devices takes 2"),
    ],
)
def test_what_cannot_be_is_refused_before_training(shown, model, settings, message):
    with pytest.raises(InputError, match=message):
        jaxrec.fit(shown, model, task="clicks", **settings)


def test_a_slice_of_one_label_is_refused(tmp_path):
    rows = [(user, item, int(item < 3)) for user in range(4) for item in range(4)]
    few = pl.DataFrame(rows, schema=["user", "item", "label"], orient="row")
    few = few.with_columns(time=pl.when(label=0).then(0).otherwise(pl.col("item") + 100))
    few.write_csv(tmp_path / "few.csv")
    with pytest.raises(InputError, match="test slice has 4 rows of label 1 and 0 of label 0"):
        jaxrec.fit(str(tmp_path / "few.csv"), "mf", task="clicks", split="latest", valid_fraction=0)


def test_an_option_of_rankings_alone_is_refused(shown, capfd):
    words = ["train", "--model", "mf", "--task", "clicks", "--data", shown, "--loss", "bpr"]
    assert main(words) == 2
    assert "--loss is no option of mf for --task clicks" in capfd.readouterr().err


def test_a_search_finds_the_highest_auc(shown, tmp_path):
    words = ["tune", "--model", "mf", "--task", "clicks", "--data", shown, *WORDS, "--trials", "2"]
    words += ["--search", "l2=0.0001,100", "--no-prune", "--out", str(tmp_path / "search")]
    assert main(words) == 0
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    trials = pl.read_csv(tmp_path / "search" / "trials.csv")
    assert len(set(trials["l2"])) == 2 and best["value"] == trials["value"].max()


@pytest.mark.parametrize(
    "model", [name for name, entry in registry.MODELS.items() if CLICKS in entry.tasks]
)
def test_every_model_of_the_task_has_an_epoch_of_labels(model):
    clicked = replace(TRAIN, rating=np.ones(len(TRAIN), np.float32))
    others = TRAIN.take(np.arange(5))
    others = replace(others, rating=np.zeros(5, np.float32))
    how = options_of(model, task="clicks", batch_size=4)
    beside = {"knowledge": KNOWLEDGE, "relations": RELATIONS, "negatives": others}
    made = build_training(how, clicked, **beside)
    assert made.n_steps == -(-(len(TRAIN) + 5) // 4)
    np.testing.assert_array_equal(made.tables.rating, np.repeat([1, 0], [len(TRAIN), 5]))
    state = jax.eval_shape(lambda: first_progress(made, 0).state)
    tables = jax.tree.map(jax.numpy.asarray, made.tables)
    after, metrics = jax.eval_shape(build_epoch(made, None), state, made.graph, tables)
    assert jax.tree.map(np.shape, after) == jax.tree.map(np.shape, state)
    assert metrics["loss"].shape == ()
