"""What a search draws, stops, passes over and shows, without a run of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.runs.fit import assemble, trial
from jaxrec.runs.fit.trial import Found
from jaxrec.search import picture, study, trial_options, tune
from jaxrec.search.options import tune_kind
from jaxrec.search.space import Choices, Range, ends, read_space, searchable


def test_the_three_forms_are_read_by_the_options_own_types():
    space = read_space(
        ["n-layers=1:4", "learning_rate=1e-4:1:log", "dim=8,16", "loss=bpr,softmax"], "lightgcn"
    )
    assert space["n_layers"] == Range(1, 4, False) and isinstance(space["n_layers"].low, int)
    assert space["learning_rate"] == Range(1e-4, 1.0, True)
    assert space["dim"] == Choices((8, 16)) and space["loss"] == Choices(("bpr", "softmax"))
    own = {name: set(read_space((), name)) for name in ("kgcn", "kgnn_ls", "ripplenet")}
    learned = {"learning_rate", "l2"}
    assert own == {
        "kgcn": learned,
        "kgnn_ls": learned | {"smooth_weight"},
        "ripplenet": learned | {"kge_weight"},
    }
    l2 = read_space((), "ripplenet")["l2"]
    assert isinstance(l2, Range) and l2.low <= 1e-7 < 1e-5 <= l2.high
    assert read_space(["hardest=None,3"], "mf")["hardest"] == Choices((None, 3))
    assert ends(space)[:2] == [{"n_layers": 1}, {"n_layers": 4}] and len(ends(space)) == 8


@pytest.mark.parametrize("model", ["lightgcn", "simgcl", "bgcf", "filter_r", "gf_cf", "item_knn"])
def test_without_search_what_the_model_has_is_searched(model):
    space = read_space([], model)
    assert set(space) <= set(searchable(model))
    trained = hasattr(tune_kind(model), "learning_rate")
    assert {"learning_rate", "l2"} <= set(space) or not trained


def test_values_that_need_each_other_are_searched_together():
    settings = tune_kind("mf")()
    joint = ["negatives=8:16", "hardest=1:8"], ["loss=bpr,max_margin", "margin=0.5,2"]
    for words in joint:
        trial_options.check(settings, read_space(words, "mf"))
    tried = {"loss": "bpr", "margin": 0.5}  # One that bpr does not read changes nothing.
    assert trial_options.run_options(settings, tried) == trial_options.run_options(settings, {})
    assert trial_options.run_options(settings, tried | {"loss": "max_margin"}).margin == 0.5


@pytest.fixture
def three(tmp_path):
    """A search over two options that nothing has trained for."""
    settings = tune_kind("mf")(epochs=40, out=str(tmp_path))
    space = read_space(["l2=1e-6:1e-2:log", "loss=bpr,softmax"], "mf")
    return study.Study(tmp_path, settings, space)


def test_a_line_half_written_is_dropped_and_another_defect_is_one_line(three):
    def again():
        return study.Study(three.folder, tune_kind("mf")(), three.space)

    asked, tried = three.ask()
    three.tell(asked, "complete", tried, Found(0.5, 1), 1.0)
    path = three.folder / "study.journal"
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[-1][:20])
    assert again().rows() == three.rows() and path.read_bytes().startswith(whole)
    path.write_bytes(b"{torn\n" + whole)
    with pytest.raises(InputError, match="study.journal is broken"):
        again()


def test_a_trial_below_the_median_of_five_is_stopped_after_a_tenth(three):
    for value in (0.1, 0.2, 0.3, 0.4, 0.5):
        asked, tried = three.ask()
        assert not three.report(asked, 5, value)
        three.tell(asked, "complete", tried, Found(value, 5), 1.0)
    weak, tried = three.ask()
    assert not three.report(weak, 4, 0.0)  # Still warming up.
    assert three.report(weak, 5, 0.29)
    three.tell(weak, "pruned", tried, Found(0.29, 5), 1.0)
    strong, _ = three.ask()
    assert not three.report(strong, 5, 0.31)
    assert [row["state"] for row in three.rows()] == ["complete"] * 5 + ["pruned"]


def test_importance_finds_the_option_that_matters(three):
    assert three.importance() == {}  # Nothing is known yet.
    for _ in range(20):
        asked, tried = three.ask()
        value = 0.9 if tried["loss"] == "softmax" else 0.1
        three.tell(asked, "complete", tried, Found(value, 1), 1.0)
    shares = three.importance()
    assert shares["loss"] > 0.5 and sum(shares.values()) == pytest.approx(1, abs=1e-3)


def test_a_graph_is_built_again_only_when_an_option_of_it_changes(monkeypatch):
    built = []
    monkeypatch.setattr(
        assemble, "build_graph", lambda *told, **named: built.append(told) or len(built)
    )
    graph_of, options = trial.remembered(), tune_kind("lightgcn")
    assert graph_of(options(l2=1e-3), None, None) == graph_of(options(l2=1e-2), None, None) == 1
    assert graph_of(options(r=0.4), None, None) == graph_of(options(r=0.4, l2=0.0), None, None) == 2


@pytest.mark.parametrize("n_options", [1, 2, 4, 6])
def test_the_picture_has_a_panel_an_option(n_options, tmp_path):
    space = {f"option_{n}": Range(1e-3, 1.0, n % 2 == 0) for n in range(n_options - 1)}
    space["word"] = Choices(("a", "b"))
    rng, rows = np.random.default_rng(0), []
    for number, state in enumerate(["complete", "pruned", "refused"] * 3):
        tried = {name: float(rng.uniform(0.01, 1)) for name in space} | {"word": "b"}
        value = None if state == "refused" else float(rng.uniform())
        rows.append({"trial": number, "state": state, "value": value, "tried": tried})
    assert picture.draw(rows, space, tmp_path / "search.png", "recall@20")
    assert (tmp_path / "search.png").stat().st_size > 1000


@pytest.mark.parametrize(("lower", "kept"), [(False, Found(0.5, 2)), (True, Found(0.1, 1))])
def test_a_pruned_trial_keeps_its_best_epoch(lower, kept, monkeypatch):
    told = []
    trials = SimpleNamespace(
        ask=lambda: (0, {}),
        report=lambda trial, epoch, value: epoch == 3,
        tell=lambda *words: told.append(words),
        rows=lambda: [None],
    )
    bar = SimpleNamespace(epoch=lambda epoch, value: None, trial=lambda row: None)
    monkeypatch.setattr(trial_options, "run_options", lambda settings, tried: None)

    def find(options, tell):
        for epoch, value in [(1, 0.1), (2, 0.5), (3, 0.2)]:
            tell(epoch, value)

    tune._run_one(trials, None, find, bar, lower)
    assert [words[1] for words in told] == ["pruned"] and told[0][3] == kept
