"""Two stages: candidates of one run, in the order of another."""

import logging

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.main import main
from jaxrec.runs.answer.serving import open_run
from tests.cli.conftest import SMALL


@pytest.fixture(scope="module")
def second(clicks, tmp_path_factory):
    """Another model, on half of the items' clicks in another order, so that its rows differ."""
    folder = tmp_path_factory.mktemp("second")
    frame = pl.read_csv(clicks).filter(pl.col("product") != "ä7").filter(pl.col("customer") != "u3")
    frame.reverse().write_csv(folder / "clicks.csv")
    words = ["--model", "mf", "--out", str(folder / "run"), "--seed", "5", *SMALL]
    assert main(["train", "--data", str(folder / "clicks.csv"), *words]) == 0
    return folder / "run"


def lists(path, *words):
    assert main(["recommend", *words, "--out", str(path)]) == 0
    return pl.read_csv(path)


def test_candidates_are_the_first_runs_and_their_order_and_scores_the_second_runs(
    run, second, tmp_path
):
    path = tmp_path / "lists.csv"
    words = str(run), "--users", "u5", "u20", "--k", "12"
    candidates = lists(path, *words)
    found = lists(path, *words[:-1], "5", "--rerank", str(second), "--n-candidates", "12")
    assert found["rank"].to_list() == [1, 2, 3, 4, 5] * 2
    ranker = open_run(second)
    ids = ranker.data.user_ids.to_list(), ranker.data.item_ids.to_list()
    for user in ("u5", "u20"):
        offered = [item for item in candidates.filter(user=user)["item"] if item != "ä7"]
        rows = np.array([ids[1].index(item) for item in offered], np.int32)
        query = np.array([ids[0].index(user)], np.int32)
        score = np.asarray(ranker.model.score(ranker.reps, query, rows))[0]
        best = np.argsort(-score)[:5]
        own = found.filter(user=user)
        assert own["item"].to_list() == [offered[place] for place in best]
        np.testing.assert_allclose(own["score"], score[best], rtol=1e-4)


def test_unknown_users_keep_their_order_and_unknown_items_leave(run, second, tmp_path, capfd):
    path = tmp_path / "lists.csv"
    first = lists(path, str(run), "--users", "u3", "u5", "--k", "3", "--hide", "none")
    words = "--users", "u3", "u5", "--hide", "none", "--rerank", str(second), "--n-candidates", "40"
    found = lists(path, str(run), *words, "--k", "3")
    said = capfd.readouterr().err
    assert found.filter(user="u3").equals(first.filter(user="u3"))
    assert "1 of 2 users are unknown to the ranker" in said
    assert "1 items are unknown to the ranker" in said
    whole = lists(path, str(run), *words, "--k", "40").filter(user="u5")
    assert len(whole) == 39 and "ä7" not in whole["item"]


def test_python_and_the_command_line_give_the_same_lists(run, second, tmp_path):
    path = tmp_path / "lists.parquet"
    words = [str(run), "--all", "--k", "4", "--rerank", str(second), "--n-candidates", "9"]
    assert main(["recommend", *words, "--out", str(path)]) == 0
    python = jaxrec.load(run).recommend(k=4, rerank=jaxrec.load(second), n_candidates=9)
    assert python.equals(pl.read_parquet(path))


def test_what_cannot_be_is_refused(run, second, fails, tmp_path):
    logging.getLogger("jaxrec").setLevel(logging.INFO)
    words = "recommend", str(run), "--rerank", str(second)
    assert "give --n-candidates 10 or more" in fails(*words, "--all", "--n-candidates", "9")
    assert "leave out --items, --histories and --friends" in fails(*words, "--items", "ä1")
    assert "--n-candidates is of --rerank; " in fails(*words[:2], "--all", "--n-candidates", "9")
    missing = str(tmp_path / "none")
    assert "none" in fails("recommend", str(run), "--all", "--rerank", missing)
    with pytest.raises(jaxrec.InputError, match="rerank orders items for users of training"):
        jaxrec.load(run).recommend(items=["ä1"], rerank=jaxrec.load(second))


def test_a_ranker_of_other_users_or_items_is_refused(run, clicks, fails, tmp_path):
    frame = pl.read_csv(clicks).with_columns(pl.col("customer").str.replace("u", "x"))
    frame.write_csv(tmp_path / "others.csv")
    out = str(tmp_path / "run")
    words = ["--data", str(tmp_path / "others.csv"), "--model", "item_knn", "--out", out]
    assert main(["train", *words]) == 0
    said = fails("recommend", str(run), "--all", "--rerank", out)
    assert "the ranker knows none of the users; give a run of the same ids" in said
