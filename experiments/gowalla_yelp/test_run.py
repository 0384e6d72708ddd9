import dataclasses
import json

import pytest

from experiments.gowalla_yelp.run import Config, main

TINY = Config(data=("movielens-small",), dim=8, batch_size=512, epochs=2)


def test_every_system_beats_popularity_and_the_choice_is_written(tmp_path):
    config = dataclasses.replace(TINY, quick=True, out=str(tmp_path))
    found = main(config)["movielens-small"]
    popular = found["test"].pop("popularity")["recall@20"]
    assert 4 <= len(found["test"]) <= 6  # The best may be the plain one.
    for name, row in found["test"].items():
        assert row["recall@20"] > 0.7 * popular, name
    written = json.loads((tmp_path / "movielens-small.json").read_text())["rows"]
    assert written["chosen on validation"] == found["chosen on validation"]
    assert (tmp_path / "recall_by_seconds.png").stat().st_size > 1000


@pytest.mark.slow
def test_filters_reach_what_is_asked_of_them(data_dir, tmp_path):
    config = Config(data_dir=str(data_dir), training_free=True, out=str(tmp_path))
    least = {"gowalla": (0.188, 0.156), "yelp2018": (0.070, 0.057)}
    published = {"gowalla": (0.1849, 0.1518), "yelp2018": (0.0697, 0.0571)}
    for data, found in main(config).items():
        rows = found["test"]
        best = next(row for name, row in rows.items() if name.startswith("filter_r"))
        assert best["recall@20"] > least[data][0] and best["ndcg@20"] > least[data][1]
        near = rows["gf_cf"]
        assert near["recall@20"] == pytest.approx(published[data][0], abs=0.0005)
        assert near["ndcg@20"] == pytest.approx(published[data][1], abs=0.0005)
