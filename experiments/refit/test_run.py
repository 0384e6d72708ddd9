import dataclasses
import json

from experiments.refit.run import METRIC, Config, main


def test_a_run_is_measured_without_and_with_its_refit(block_data, tmp_path):
    config = Config(data=(block_data,), models=("mf",), epochs=40, learning_rate=0.02)
    config = dataclasses.replace(config, out=str(tmp_path))
    (row,) = main(config)[block_data]["mf"]
    assert row["with"] != row["without"]
    for how in ("with", "without"):
        assert row[how][METRIC] > 2 * row["popularity"][METRIC]
    assert row["seconds"]["with"] > row["seconds"]["without"] > 0
    written = json.loads((tmp_path / f"{block_data}.json").read_text())["rows"]
    assert written == {"mf": [json.loads(json.dumps(row))]}
