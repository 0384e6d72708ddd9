import dataclasses
import json

import pytest

from experiments.gowalla_yelp.run import Config, main

TINY = Config(dim=16, batch_size=32)


def test_every_system_learns_in_an_epoch_and_the_choice_is_written(block_data, tmp_path):
    config = dataclasses.replace(TINY, data=(block_data,), quick=True, out=str(tmp_path))
    found = main(config)[block_data]
    popular = found["test"].pop("popularity")["recall@20"]
    assert 4 <= len(found["test"]) <= 6  # The best may be the plain one.
    for name, row in found["test"].items():
        assert row["recall@20"] > 4 * popular, name
    written = json.loads((tmp_path / f"{block_data}.json").read_text())["rows"]
    assert written["chosen on validation"] == found["chosen on validation"]
    assert (tmp_path / "recall_by_seconds.png").stat().st_size > 1000


def best(rows, start):
    """The row of the largest recall among those whose names start so."""
    named = [row for name, row in rows.items() if name.startswith(start)]
    return max(named, key=lambda row: row["recall@20"])


@pytest.mark.slow
def test_both_tables_are_reached_and_passed(data_dir, tmp_path):
    """Filters in a minute, a trained model in minutes, and both above all that is published."""
    published = {"gowalla": (0.1849, 0.1518), "yelp2018": (0.0697, 0.0571)}
    least = {
        "gowalla": {
            "filter_r": (0.188, 0.156),
            "lightgcn_item": (0.1830, 0.1554),
            "both": (0.1920, 0.1617),
        },
        "yelp2018": {
            "filter_r": (0.070, 0.057),
            "lightgcn_item": (0.0649, 0.0530),
            "both": (0.0736, 0.0604),
        },
    }
    for data, found in main(Config(data_dir=str(data_dir), out=str(tmp_path))).items():
        rows = found["test"]
        for start, (recall, ndcg) in least[data].items():
            row = best(rows, start)
            assert row["recall@20"] >= recall and row["ndcg@20"] >= ndcg, (data, start)
        assert rows["gf_cf"]["recall@20"] == pytest.approx(published[data][0], abs=0.0005)
        assert rows["gf_cf"]["ndcg@20"] == pytest.approx(published[data][1], abs=0.0005)
        assert best(rows, "filter_r")["seconds"] < 60
        assert best(rows, "lightgcn_item")["seconds"] < 15 * 60
        assert best(rows, "both")["seconds"] < 60 * 60
