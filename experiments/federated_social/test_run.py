import json

from experiments.federated_social.run import Config, main


def test_a_quick_table_has_a_row_a_setting_and_the_baselines_beside(data_dir, tmp_path):
    config = Config(data_dir=str(data_dir), quick=True, out=str(tmp_path))
    found = main(config)
    assert list(found) == ["all ratings at once", "noise 0.1", "64 clients a round"]
    for row in found.values():
        (run,) = row["runs"]
        assert run["test"]["rmse"] < 1.5 * run["baselines"]["constant"]["rmse"]
    federated = found["64 clients a round"]["runs"][0]["federated"]
    assert federated["rounds"] == 6 and federated["bytes_sent_a_round"] > 64 * 1000
    written = json.loads((tmp_path / "fesog-filmtrust.json").read_text())
    assert written["rows"] == json.loads(json.dumps(found))
