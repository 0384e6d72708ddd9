import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from experiments.news.measure import in_order
from experiments.news.run import METRICS, OTHERS, ROWS, Config, main
from jaxrec.base import InputError
from jaxrec.data.known import KNOWN, Known
from jaxrec.evaluate import measure_clicks

SUBJECTS = ("tea cup leaf", "goal match team", "vote party seat")
TINY = Config(data="shown", rows=("no_wide",), seeds=(0,), epochs=1, dim=4, word_dim=4)


@pytest.fixture
def shown_news(monkeypatch):
    """Users who click the news of one subject, and are shown others."""
    rng, rows = np.random.default_rng(0), []
    title = [" ".join(rng.permutation(SUBJECTS[n % 3].split())[:2]) for n in range(24)]
    for user in range(40):
        for news in rng.choice(24, 10, replace=False):
            rows.append((f"u{user}", f"n{news}", float(news % 3 == user % 3), title[news]))
    frame = pl.DataFrame(rows, schema=["user", "item", "rating", "title"], orient="row")
    frame = frame.with_columns(pl.col("rating").cast(pl.Float32))
    monkeypatch.setitem(KNOWN, "shown", Known("made up", "tests", lambda _: frame, folder=None))


def test_rows_and_baselines_are_measured_for_the_same_users(shown_news, tmp_path):
    found = main(dataclasses.replace(TINY, out=str(tmp_path)))
    rows, means = found["rows"], {}
    assert tuple(rows) == ("gnewsrec", "no_wide", *OTHERS)
    for name, row in rows.items():
        assert [one["seed"] for one in row["runs"]] == [0]
        means[name] = np.mean([one["test"]["auc"] for one in row["runs"]])
        low, high = row["interval"]["auc"]
        assert low <= means[name] <= high
    assert means["gnewsrec"] > 0.9 > means["popularity"]
    assert means["wide_alone"] > means["no_wide"]  # Which one epoch does not teach.
    for one in found["comparisons"]:
        if one["metric"] == "auc":
            less = means["gnewsrec"] - means[one["row"]]
            assert one["difference"] == pytest.approx(less, abs=1e-9)
    assert len(found["comparisons"]) == len(METRICS) * (len(rows) - 1)
    assert 0 < found["users"]["user_auc"] <= found["users"]["auc"] <= 40
    written = json.loads((tmp_path / "shown.json").read_text())
    assert written["rows"] == json.loads(json.dumps(rows))


def test_users_without_an_auc_are_left_out_of_it_alone():
    """Users 0 and 2 have an AUC, 1 / 2 and 1; user 1 has clicks alone. Then in another order."""
    user = np.array([0, 0, 0, 1, 2, 2])
    label = np.array([1.0, 0, 0, 1, 1, 0])
    score = np.array([2.0, 1, 3, 0, 5, 4])
    measured = measure_clicks(score, label, user)
    both, order = np.array([True, False, True]), np.array([2, 0, 1])
    found = in_order(measured.per_user, both, order)
    np.testing.assert_allclose(found["user_auc"], [1, 1 / 2])
    assert found["auc"].tolist() == measured.per_user["auc"][order].tolist()


def test_the_whole_model_is_always_among_the_rows_and_others_are_refused():
    assert next(iter(ROWS)) == "gnewsrec"
    with pytest.raises(
        InputError, match="--rows: no row is called 'graph'; choose of gnewsrec, no"
    ):
        main(Config(rows=("graph",)))
