import dataclasses
import runpy
import sys
from pathlib import Path

import pytest

from experiments.link_prediction.run import Config
from experiments.recipe import beside_record
from jaxrec.start import VARIABLE

PROGRAMS = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__main__.py"))


@pytest.fixture(autouse=True)
def _does_not_start_over(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_names_the_program_and_says_what_it_does(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["", "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module(f"experiments.{name}", run_name="__main__")
    printed = capsys.readouterr().out
    assert not end.value.code
    assert printed.startswith(f"usage: python -m experiments.{name}")
    assert "--seeds" in printed or "--out" in printed


def test_what_is_refused_becomes_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["", "--models", "foo", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("experiments.lastfm_social", run_name="__main__")
    assert end.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "experiments.lastfm_social: --models: no row is called 'foo'; choose of mf, ngcf, lightgcn"
    ]


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path, monkeypatch, capsys):
    (tmp_path / "a file").touch()
    monkeypatch.setattr(sys, "argv", ["", "--out", str(tmp_path / "a file" / "results")])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("experiments.link_prediction", run_name="__main__")
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("experiments.link_prediction: cannot write")
    assert line.endswith("choose another --out")


def test_an_option_that_holds_nothing_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["", "--seeds", "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        runpy.run_module("experiments.node_classification", run_name="__main__")
    assert "--seeds holds nothing; give one or more" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_other_settings_than_those_of_record_do_not_replace_it():
    config = Config(models=("twhin",))
    assert beside_record(config) == config
    other = beside_record(dataclasses.replace(config, seeds=(0,)))
    assert other.out == "experiments/link_prediction/other" and other.seeds == (0,)
