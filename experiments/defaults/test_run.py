import dataclasses
import json

from experiments.defaults.run import METRIC, Config, main


def test_a_default_and_the_best_of_a_search_are_measured_on_the_test_slice(block_data, tmp_path):
    config = Config(data=(block_data,), models=("filter_r", "item_knn"), trials=2)
    config = dataclasses.replace(config, out=str(tmp_path))
    found = main(config)[block_data]
    assert set(found["filter_r"]["chosen"]) == {"r"}
    assert set(found["item_knn"]["chosen"]) == {"n_neighbors", "shrink"}
    for row in found.values():
        for system in ("default", "searched"):
            assert row[system][METRIC] > 4 * row["popularity"][METRIC]
    written = json.loads((tmp_path / f"{block_data}.json").read_text())["rows"]
    assert written == json.loads(json.dumps(found))
    again = main(dataclasses.replace(config, models=("filter_r",)))
    assert again[block_data] == written  # Kept, with the model that this command does not name.
