"""What is said of a model that a baseline is as good as."""

import json

import numpy as np
import polars as pl

from jaxrec.cli.main import main
from jaxrec.evaluate import Measured
from jaxrec.runs.behind import advice, behind_lines


def measured(values) -> Measured:
    vector = np.array(values, float)
    return Measured({"recall@2": float(vector.mean())}, {"recall@2": vector})


def test_a_model_below_a_baseline_is_told_with_both_numbers_and_what_to_try():
    (line,) = behind_lines(
        "mf", measured([0.1] * 9 + [0.2]), {"popularity": measured([0.5] * 10)}, "recall@2", "test"
    )
    assert line == (
        "mf is worse than the baseline popularity in recall@2 of the test slice: 0.1100 against "
        "0.5000. Try jaxrec tune --model mf, more --epochs, or a model without training "
        "(--model filter_r, item_knn, ease)"
    )


def test_a_difference_of_chance_is_told_as_one_and_a_better_model_is_not_told():
    ours, other = measured([0, 1, 0, 1, 0]), measured([1, 0, 1, 0, 1])
    lines = behind_lines("ease", ours, {"popularity": other, "repeat": ours}, "recall@2", "valid")
    assert "ease is not better than the baseline popularity" in lines[0]
    assert "(within two standard errors)" in lines[0] and "filter_r, item_knn, lightgcn" in lines[0]
    assert "not better than the baseline repeat" in lines[1] and "their own items" in lines[1]
    assert behind_lines("ease", other, {"popularity": ours}, "recall@2", "valid") == []


def test_train_evaluate_and_tune_tell_it(tmp_path, capfd):
    rng, data, run = np.random.default_rng(0), tmp_path / "popular.csv", str(tmp_path / "run")
    chance = 1 / np.arange(1, 61)
    items = [rng.choice(60, 6, replace=False, p=chance / chance.sum()) for _ in range(150)]
    rows = [(f"u{user}", f"i{item}") for user, own in enumerate(items) for item in own]
    pl.DataFrame(rows, schema=["user", "item"], orient="row").write_csv(data)
    words = ["--data", str(data), "--model", "mf", "--dim", "4", "--epochs", "1", "--k", "10"]
    words += ["--select", "recall@10"]
    assert main(["train", *words, "--out", run]) == 0
    means = json.loads((tmp_path / "run" / "metrics.json").read_text())
    ours, popular = means["test"]["recall@10"], means["baselines"]["popularity"]["recall@10"]
    told = f"{ours:.4f} against {popular:.4f}"
    assert f"mf is worse than the baseline popularity in recall@10 of the test slice: {told}" in (
        capfd.readouterr().err
    )
    assert main(["evaluate", run, "--k", "10"]) == 0
    assert told in capfd.readouterr().err
    search = ["--search", "l2=0:1", "--trials", "1", "--out", str(tmp_path / "search")]
    assert main(["tune", *words, *search]) == 0
    assert "No trial is better than popularity in recall@10" in (said := capfd.readouterr().err)
    assert advice("mf", "popularity") in said
