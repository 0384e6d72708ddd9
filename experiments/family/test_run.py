import dataclasses
import json

from experiments.family.run import Config, main


def test_rows_are_searched_then_tested_on_every_seed(tmp_path):
    rows = ("filter_r", "lightgcn, softmax")
    few = Config(data=("movielens-small",), rows=rows, trials=1, epochs=5, seeds=(0, 1))
    found = main(dataclasses.replace(few, out=str(tmp_path)))["movielens-small"]
    assert list(found) == list(rows)
    assert set(found["filter_r"]["chosen"]) == {"r"}
    assert set(found["lightgcn, softmax"]["chosen"]) == {"learning_rate", "l2"}
    for row in found.values():
        assert len(row["runs"]) == 2
        for run in row["runs"]:
            assert run["test"]["recall@20"] > run["baselines"]["popularity"]["recall@20"]
    written = json.loads((tmp_path / "movielens-small.json").read_text())["rows"]
    assert written == json.loads(json.dumps(found))
