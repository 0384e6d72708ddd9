"""Runs that measure a sample of the test users."""

import json

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.data import block_model


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Trains on the same file with these words more, and returns the folder."""
    folder = tmp_path_factory.mktemp("sampled")
    blocks = block_model(n_users=60, n_items=40, n_blocks=4, p_in=0.5, p_out=0.05)
    data = folder / "clicks.csv"
    pl.DataFrame({"user": blocks.user, "item": blocks.item}).write_csv(data)

    def train(name, *more):
        words = ["train", "--data", str(data), "--model", "item_knn", "--out", str(folder / name)]
        assert main([*words, *more]) == 0
        return folder / name

    return train


def test_a_sample_is_measured_with_its_standard_error(run, capsys):
    whole, sampled = run("whole"), run("sampled", "--test-users", "20")
    vectors, of_all = (pl.read_parquet(each / "per_user.parquet") for each in (sampled, whole))
    assert len(vectors) == 20
    both = vectors.join(of_all, on="user", suffix=" of all")
    assert both["recall@20"].to_list() == both["recall@20 of all"].to_list()
    results = json.loads((sampled / "metrics.json").read_text())
    error = vectors["recall@20"].std() / np.sqrt(20)
    assert results["test_standard_error"]["recall@20"] == pytest.approx(error)
    assert results["test"]["recall@20"] == pytest.approx(vectors["recall@20"].mean())
    assert results["data"]["users_tested"] == 20
    shown = " ".join(capsys.readouterr().out.split())
    assert f"recall@20 {error:.4f}" in shown
    assert "test_standard_error" not in json.loads((whole / "metrics.json").read_text())


def test_evaluate_draws_the_users_that_train_drew(run, capsys):
    first = run("first", "--test-users", "15")
    capsys.readouterr()
    assert main(["evaluate", str(first), "--test-users", "15"]) == 0
    shown = capsys.readouterr().out
    mean = json.loads((first / "metrics.json").read_text())["test"]["recall@20"]
    assert "test: 15 users" in shown and f"{mean:.4f}" in shown and "Standard errors" in shown


def test_compare_counts_users_measured_in_both(run, capsys):
    whole, sampled = run("all"), run("some", "--test-users", "25")
    assert main(["compare", str(whole), str(sampled)]) == 0
    assert "25 of" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_sample_of_nobody_is_refused(command, run, capsys):
    words = ["evaluate", "nowhere"] if command == "evaluate" else ["train"]
    assert main([*words, "--test-users", "0"]) == 2
    assert "--test-users is 0; give 1 or more" in capsys.readouterr().err
