import functools
import json
import time

import jax
import numpy as np
import polars as pl
import pytest

from jaxrec import registry
from jaxrec.cli.evaluate import evaluate
from jaxrec.cli.main import main
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.data import block_model
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.model_options import options_of
from jaxrec.tasks.ranking.candidates import sampler
from tests.cli.conftest import SMALL, without_manifest

STARTED = time.perf_counter()


def test_a_run_holds_everything(run):
    names = {path.name for path in run.iterdir()}
    assert names == {
        "config.json",
        "manifest.json",
        "metrics.json",
        "history.csv",
        "history-refit.csv",
        "curves.png",
        "per_user.parquet",
        "interactions.parquet",
        "users.parquet",
        "items.parquet",
        "checkpoint",
        "checkpoint-refit",
    }


def test_metrics_have_the_promised_keys(run):
    metrics = json.loads((run / "metrics.json").read_text())
    keys = "data model refit fit_all seed valid test baselines seconds versions device"
    assert set(metrics) == set(keys.split())
    assert set(metrics["seconds"]) == {"compile", "train", "evaluate", "refit"}
    assert all(0 <= spent < time.perf_counter() - STARTED for spent in metrics["seconds"].values())
    assert {"recall@20", "ndcg@10", "mrr@20", "coverage@20"} <= set(metrics["test"])
    assert len(metrics["data"]["fingerprint"]["sha256"]) == 16


def test_lightgcn_finds_the_blocks_that_popularity_cannot(run):
    metrics = json.loads((run / "metrics.json").read_text())
    popularity = metrics["baselines"]["popularity"]["recall@10"]
    assert metrics["test"]["recall@10"] > 2 * popularity


def test_per_user_vectors_average_to_the_metrics(run):
    metrics = json.loads((run / "metrics.json").read_text())["test"]
    vectors = pl.read_parquet(run / "per_user.parquet")
    assert vectors["user"].str.starts_with("u").all()
    for name in ("recall@20", "ndcg@10", "map@20"):
        assert vectors[name].mean() == pytest.approx(metrics[name], rel=1e-5)


def test_history_has_a_line_an_epoch(run):
    history = pl.read_csv(run / "history.csv")
    assert history["epoch"].to_list() == list(range(1, len(history) + 1))
    assert history["loss"][-1] < history["loss"][0]
    assert history["valid"].is_not_null().sum() >= len(history) // 5


def test_the_config_repeats_the_run(run, tmp_path):
    options = json.loads((run / "config.json").read_text())["options"]
    assert options["dim"] == 8 and options["seed"] == 0 and options["split"] == "auto"
    words = ["--data", options["data"], *SMALL]
    assert main(["train", "--out", str(tmp_path / "again"), *words]) == 0
    first, second = (
        json.loads((folder / "metrics.json").read_text()) for folder in (run, tmp_path / "again")
    )
    assert first["test"] == second["test"] and first["valid"] == second["valid"]


def test_lightgcn_of_its_layer_0_alone_is_mf(clicks, tmp_path):
    measured = []
    for name, more in (("mf", []), ("lightgcn", ["--alpha", "1", "0", "0", "0"])):
        out = tmp_path / name
        words = ["--data", str(clicks), *SMALL, "--epochs", "3", "--model", name, *more]
        assert main(["train", "--out", str(out), *words]) == 0
        assert main(["train", "--out", str(out), "--resume", "--epochs", "5"]) == 0
        measured.append(json.loads((out / "metrics.json").read_text()))
    for part in ("valid", "test"):
        assert measured[0][part] == pytest.approx(measured[1][part], rel=1e-6)


def test_training_traces_once_however_long(clicks, tmp_path, monkeypatch):
    entry, traced = registry.MODELS["lightgcn"], []

    @functools.wraps(entry.factory)
    def counted(*shape, **options):
        model = entry.factory(*shape, **options)

        def encode(params, graph, *, key=None):
            traced.append(1)
            return model.encode(params, graph, key=key)

        return model._replace(encode=encode)

    monkeypatch.setitem(registry.MODELS, "lightgcn", entry._replace(factory=counted))
    counts = []
    for epochs, rate in (("2", "0.001"), ("12", "0.001"), ("2", "0.002")):
        traced.clear()
        folder = str(tmp_path / (epochs + rate))
        words = ["--data", str(clicks), "--out", folder, *SMALL, "--validate-every", "1"]
        assert main(["train", *words, "--epochs", epochs, "--learning-rate", rate]) == 0
        counts.append(len(traced))
    # The first run traces the training epoch, its refit's on more interactions, and the encoder;
    # equal options have equal programs, and another rate two epochs of its own.
    assert counts == [3, 0, 2]


def test_without_out_every_run_gets_its_own_folder(clicks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["train", "--data", str(clicks), "--model", "mf", *SMALL, "--epochs", "1"]
    assert main(words) == 0 and main(words) == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"clicks-mf", "clicks-mf-2"}


def test_a_step_draws_as_many_interactions_as_there_are_at_most(clicks, tmp_path, capfd):
    words = ["train", "--data", str(clicks), "--model", "mf", "--dim", "8", "--epochs", "2"]
    tables = []
    for name, size in (("small", ["--batch-size", "9999"]), ("default", [])):
        assert main([*words, *size, "--out", str(tmp_path / name)]) == 0
        n = json.loads((tmp_path / name / "metrics.json").read_text())["data"]["train"]
        told = " ".join(capfd.readouterr().err.split())
        assert f"is more than the {n} training interactions; a step draws {n}" in told
        tables.append((tmp_path / name / "history.csv").read_text().splitlines()[1].split(",")[1])
    assert tables == ["1", "1"]  # Steps after the first epoch.
    few = block_model(n_users=9, n_items=7, n_blocks=1, p_in=0.5, p_out=0.0)
    settings = options_of("mf")
    training = build_training(settings, few)
    batch = sampler(settings, few.n_items)(jax.random.key(0), training.tables)
    assert batch.query.shape == (len(few),)


def test_repeats_kept_are_measured_against_what_users_took_before(tmp_path):
    rows = [(user, item, day) for day in range(6) for user in range(8) for item in (user, user + 1)]
    frame = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    frame = frame.with_columns(time=pl.col("time") * 86_400)
    frame.write_csv(tmp_path / "repeats.csv")
    words = ["--data", str(tmp_path / "repeats.csv"), "--repeats", "keep", "--split", "time"]
    words += ["--k", "2", "--select", "recall@2", "--batch-size", "8", "--epochs", "2"]
    assert main(["train", "--out", str(tmp_path / "run"), *words]) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["data"]["repeats"] == "kept"
    assert metrics["baselines"]["repeat"]["recall@2"] == 1.0  # They take the same two daily.


def test_a_run_that_goes_by_time_is_served_as_it_was_measured(tmp_path):
    """Times run against the places in the file, by which a run without times would go."""
    blocks = block_model(n_users=60, n_items=40, n_blocks=4, p_in=0.6, p_out=0.02, seed=0)
    time = np.random.default_rng(0).permutation(len(blocks))
    columns = {"user": blocks.user, "item": blocks.item, "time": time}
    pl.DataFrame(columns).write_csv(tmp_path / "timed.csv")
    words = ["--data", str(tmp_path / "timed.csv"), "--model", "filter_r", "--split", "latest"]
    run = tmp_path / "run"
    assert main(["train", *words, "--recency", "1", "--out", str(run)]) == 0
    measured = json.loads((run / "metrics.json").read_text())["test"]
    assert evaluate(EvaluateOptions(str(run)))["test"]["filter_r"] == measured
    pairs = pl.read_parquet(run / "interactions.parquet")
    pairs.drop("time").write_parquet(run / "interactions.parquet")
    without_manifest(run)
    assert evaluate(EvaluateOptions(str(run)))["test"]["filter_r"] != measured
