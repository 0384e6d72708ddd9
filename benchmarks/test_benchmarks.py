import dataclasses
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks import (
    clicks,
    edges,
    evaluate,
    facts,
    fold_in,
    forecast,
    harness,
    huge_pages,
    inference,
    many,
    peers,
    pipeline,
    propagate,
    ranking,
    retrieve,
    sample,
    sessions,
    train_step,
    walk,
)
from jaxrec.graph import matrix
from jaxrec.runs.costs.forecast import forecast as told
from jaxrec.start import on_request

KEYS = "benchmark case formulation median_ms min_ms max_ms spread_ms peak_mb device versions"
RESULTS = Path(__file__).with_name("results")

MODULES = edges, facts, inference, pipeline, propagate, retrieve, sessions
OPTIONS = {module: module.Options(quick=True) for module in MODULES}


@pytest.mark.parametrize(
    "benchmark",
    [
        train_step,
        many,
        evaluate,
        peers,
        propagate,
        edges,
        sample,
        walk,
        fold_in,
        forecast,
        huge_pages,
        ranking,
        retrieve,
        inference,
        pipeline,
        facts,
        sessions,
    ],
)
def test_a_quick_run_writes_rows_and_a_picture(benchmark, small_clicks, tmp_path, monkeypatch):
    # Enough to go through everything; buckets alone take half a minute to compile.
    few = "auto", "bcsr", "dense", "pallas", "segment_sum"
    monkeypatch.setattr(propagate, "get_args", lambda _: few)
    monkeypatch.setattr(propagate, "STREAM", 1 << 20)
    monkeypatch.setattr(train_step, "FORMULATIONS", ("bcsr", "bcoo_autodiff"))
    monkeypatch.setattr(many, "SEEDS", (1, 2))
    monkeypatch.setattr(sessions, "MODELS", ("gru4rec",))
    monkeypatch.setattr(forecast, "forecasts", lambda train, settings: [told(train, settings)])
    if benchmark in (peers, facts):
        pytest.importorskip("torch")
    if benchmark is peers:
        pytest.importorskip("torch_geometric")
    if benchmark is huge_pages and not on_request():
        pytest.skip("this system grants no huge pages on request")
    options = OPTIONS.get(benchmark, harness.Options(quick=True))
    monkeypatch.setattr(edges, "QUICK", (20_000,))
    monkeypatch.setattr(propagate, "QUICK_POWER_LAW", (20_000,))
    monkeypatch.setattr(retrieve, "QUICK_ITEMS", 10_000)
    monkeypatch.setattr(retrieve, "DIM", 8)  # Codes of 64 take a quarter of a minute to learn.
    settings = {"data": str(small_clicks), "out": str(tmp_path), "repeats": 2}
    rows = benchmark.main(dataclasses.replace(options, **settings))
    name = rows[0]["benchmark"]
    written = [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
    assert written == rows
    assert all(set(KEYS.split()) <= set(row) and row["median_ms"] > 0 for row in rows)
    assert (tmp_path / f"{name}.png").stat().st_size > 1000


@pytest.mark.parametrize("path", sorted(RESULTS.rglob("*.jsonl")), ids=lambda path: path.stem)
def test_rows_of_record_have_the_keys_of_new_ones(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows and all(set(KEYS.split()) <= set(row) for row in rows)
    assert all(row["min_ms"] <= row["median_ms"] <= row["max_ms"] for row in rows)


def test_peers_without_torch_say_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        peers.main(harness.Options())
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "no torch and no torch_geometric here: pip install 'jaxrec[bench]'"
    ]


def test_cases_take_turns():
    calls = []
    seconds = harness.alternate([lambda: calls.append("a"), lambda: calls.append("b")], 3, list)
    assert calls == ["a", "b"] * 3
    assert [len(times) for times in seconds] == [3, 3]


def test_a_quick_run_leaves_the_rows_of_record_alone():
    assert harness.Options().folder == Path("benchmarks/results")
    assert harness.Options(quick=True).folder == Path("benchmarks/quick")
    assert harness.Options(quick=True, out="/tmp/mine").folder == Path("/tmp/mine")


def test_synthetic_clicks_have_a_long_tail_and_tastes(tmp_path):
    options = clicks.Options(
        str(tmp_path / "c.parquet"), users=400, items=300, rows=6000, topics=60
    )
    made = clicks.clicks(options)
    assert len(made) == 6000 == len(set(zip(made.user.tolist(), made.item.tolist(), strict=True)))
    assert made.user.max() < 400 and made.item.max() < 300
    count = np.sort(np.bincount(made.item, minlength=300))[::-1]
    assert count[:30].sum() > 3 * count[-150:].sum() / 5  # A tenth has more than the lower half.
    again = clicks.clicks(options)
    assert np.array_equal(made.user, again.user) and np.array_equal(made.item, again.item)
    loyal, disloyal = (
        clicks.clicks(dataclasses.replace(options, loyalty=loyalty)) for loyalty in (1.0, 0.0)
    )

    def lead(pairs):
        """How much oftener than popularity item kNN has a user's first item among 20."""
        users = matrix(pairs).toarray()
        first = users.argmax(axis=1)
        users[np.arange(len(users)), first] = 0
        cosine = (users.T @ users) / np.sqrt(np.outer(users.sum(0), users.sum(0))).clip(1)
        np.fill_diagonal(cosine, 0)
        hits = []
        for scores in (users @ cosine, np.tile(users.sum(0), (len(users), 1))):
            scores = np.where(users > 0, -np.inf, scores)
            own = np.take_along_axis(scores, first[:, None], axis=1)
            hits.append(np.mean(np.sum(scores > own, axis=1) < 20))
        return hits[0] / hits[1]

    assert lead(loyal) > 1.5 * lead(disloyal)
    clicks.main(options)
    assert pl.read_parquet(options.out).shape == (6000, 2)
