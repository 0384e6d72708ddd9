import json

import pytest

from experiments.federated_social import noise_size, run
from experiments.federated_social.run import Config, main, rows
from jaxrec import InputError


def test_a_quick_table_has_a_row_a_setting_and_the_baselines_beside(data_dir, tmp_path, capsys):
    config = Config(data_dir=str(data_dir), quick=True, out=str(tmp_path))
    found = main(config)
    plain = ["all ratings at once", "noise 0.1", "64 clients a round"]
    assert list(found) == plain + [name + ", centered" for name in plain]
    for row in found.values():
        (one,) = row["runs"]
        assert one["test"]["rmse"] < 1.5 * one["baselines"]["constant"]["rmse"]
    centered = found["noise 0.1, centered"]["runs"][0]
    assert centered["test"]["rmse"] < 1.02 * centered["baselines"]["biases"]["rmse"]
    federated = found["64 clients a round"]["runs"][0]["federated"]
    assert federated["rounds"] == 6 and federated["bytes_sent_a_round"] > 64 * 1000
    written = json.loads((tmp_path / "fesog-filmtrust.json").read_text())
    assert written["rows"] == json.loads(json.dumps(found))
    assert written["searched"][""]["chosen"]["federated"]["server_learning_rate"] == 2.0
    assert main(config) == written["rows"]  # Nothing is trained again.
    printed = capsys.readouterr().out
    assert "biases" in printed and "64 clients a round, centered" in printed


def test_the_setting_with_the_best_validation_is_chosen_and_shared(monkeypatch):
    valid = {(0.5, 0.01): 3, (0.5, 0.1): 2, (2.0, 0.01): 1, (2.0, 0.1): 4}
    given = []

    def measured(model, **options):
        given.append(options)
        rate = options.get("server_learning_rate")
        rmse = options["learning_rate"] if rate is None else valid[rate, options["init_scale"]]
        return {"valid": {"rmse": rmse}}

    monkeypatch.setattr(run, "measure", measured)
    config = Config(server_learning_rates=(0.5, 2.0), learning_rates=(5e-3, 1e-3))
    found = run.search(config, ", centered")
    assert found["chosen"] == {
        "federated": {"server_learning_rate": 2.0, "init_scale": 0.01},
        "all at once": {"learning_rate": 1e-3, "init_scale": 0.01},
    }
    assert len(given) == len(found["tried"]) == 6
    assert all(one["center"] and one["seed"] == 0 for one in given)


def test_rows_vary_one_thing_and_promises_are_not_centered():
    chosen = {"federated": {"server_learning_rate": 2.0}, "all at once": {"learning_rate": 1e-3}}
    config = Config(noises=(0.1, 0.5), clients=(64, 256))
    plain, centered = (rows(config, form, chosen) for form in ("", ", centered"))
    assert plain["noise 0.1"] == plain["256 clients a round"]
    assert plain["noise 0.5"] == plain["noise 0.1"] | {"noise": 0.5}
    assert plain["noise 0.1, no biases"] == plain["noise 0.1"] | {"biases": False}
    assert plain["epsilon 8"]["epsilon"] == 8 and "noise" not in plain["epsilon 8"]
    assert not any("epsilon" in name or "no biases" in name for name in centered)
    assert centered["noise 0.5, centered"] == plain["noise 0.5"] | {"center": True}


def test_the_noise_is_a_fraction_of_what_it_hides_and_whole_where_there_is_one_number(data_dir):
    found = noise_size.main(noise_size.Config(data_dir=str(data_dir)))
    assert found.pop("intercept") == pytest.approx(1) and found.pop("relation") < 1e-3
    assert all(0 < share < 0.5 for share in found.values()) and len(found) == 9


def test_a_group_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="--rows: no row is called 'nois'"):
        main(Config(rows=("nois",), out=str(tmp_path)))
