import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from experiments.social_ratings import run
from experiments.social_ratings.run import Config, main
from jaxrec.data.known import KNOWN, Known
from jaxrec.data.known_relations import RELATIONS, KnownRelation


@pytest.fixture
def rated_data(monkeypatch, tmp_path) -> str:
    """Ratings of biases, and links between users whose biases are alike."""
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((60, 40)) < 0.5)
    bias = np.sort(rng.normal(0, 1, 60))
    rating = 3 + bias[user] + rng.normal(0, 1, 40)[item] + rng.normal(0, 0.3, len(user))
    stars = np.clip(np.round(rating), 1, 5).astype(np.float32)
    frame = pl.DataFrame({"user": user, "item": item, "rating": stars})
    (tmp_path / "made").mkdir()
    lines = "".join(f"{n} {n + by}\n" for n in range(58) for by in (1, 2))
    (tmp_path / "made" / "trust.txt").write_text(lines)
    known = Known("made up", "tests", lambda _: frame, folder="made")
    monkeypatch.setitem(KNOWN, "made", known)
    monkeypatch.setitem(RELATIONS, "made", {"trust": KnownRelation("trust.txt", "user", "user")})
    monkeypatch.setitem(run.FRACTIONS, "made", {})
    return "made"


def test_models_are_searched_and_measured_beside_the_biases(rated_data, tmp_path):
    config = Config(data=(rated_data,), models=("sr_hgnn",), trials=1, epochs=2, seeds=(0, 1))
    config = dataclasses.replace(config, data_dir=str(tmp_path), out=str(tmp_path / "out"))
    found = main(config)[rated_data]
    row = found["sr_hgnn"]
    assert set(row["chosen"]) == {"l2", "learning_rate", "cross_weight"}
    splits = {one["baselines"]["constant"]["rmse"] for one in row["runs"]}
    assert len(splits) == 2
    for one in row["runs"]:
        assert one["test"]["rmse"] < 0.8 * one["baselines"]["constant"]["rmse"]
    written = json.loads((tmp_path / "out" / f"{rated_data}.json").read_text())["rows"]
    assert written == json.loads(json.dumps(found))
    assert main(config)[rated_data] == written  # Kept.
