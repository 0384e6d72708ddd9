"""What ``--help`` says: every option in one group, whole on terminals of any width."""

import contextlib
import dataclasses
import io
import re

import pytest
import tyro
from rich.console import Console

from jaxrec import registry
from jaxrec.cli import report, verbs
from jaxrec.cli.help import print_help
from jaxrec.cli.main import main
from jaxrec.cli.options.by_model import inspect_kind
from jaxrec.runs.model_options import kind
from jaxrec.runs.options import NodeOptions
from jaxrec.search.options import tune_kind
from jaxrec.tasks.links.by_walks import LinkWalkOptions
from jaxrec.tasks.links.options import LinkOptions
from tests.cli.conftest import SMALL

OF_MODELS = {"train": kind, "tune": tune_kind, "inspect": inspect_kind}
KINDS = list(verbs.OPTIONS.items())
KINDS += [(name, of(model)) for name, of in OF_MODELS.items() for model in registry.MODELS]
MOST_USED = ["data", "model", "task", "user-column", "item-column", "time-column"]
MOST_USED += ["min-rating", "split", "seed", "out"]


def text(kind, monkeypatch, width=80, default=None):
    file = io.StringIO()
    monkeypatch.setattr(report, "out", Console(width=width, file=file, highlight=False))
    print_help(kind, "jaxrec this", default)
    return file.getvalue()


def groups(text):
    """``{title: [option, ...]}``: titles begin a paragraph, options are indented by two."""
    found = {}
    for paragraph in text.split("\n\n"):
        title, *lines = paragraph.splitlines()
        options = [line for line in lines if re.match(r"  [^ ]", line)]
        if options:
            found[title] = [re.match(r"  (?:--)?([^ ,]+)", line)[1] for line in options]
    return found


@pytest.mark.parametrize(("command", "kind"), KINDS)
def test_every_option_is_in_one_group_with_a_name(command, kind, monkeypatch):
    shown = groups(text(kind, monkeypatch))
    listed = [
        option.strip("[]").lower().replace("-", "_") for found in shown.values() for option in found
    ]
    known = [field.name for field in dataclasses.fields(kind)]
    hidden = ["resume"] if command == "tune" else []
    if issubclass(kind, LinkOptions | LinkWalkOptions):  # There is one way alone.
        hidden += ["valid"]
    if issubclass(kind, NodeOptions):
        hidden += ["valid", "k", "steps"]
    assert sorted(listed) == sorted(set(known) - set(hidden))
    if len(known) > 10:
        assert next(iter(shown)) == "Most used" and "Options" not in shown
    else:
        assert list(shown) == ["Options"] * bool(known)


@pytest.mark.parametrize(("command", "kind"), KINDS[:: len(KINDS) // 15])
def test_the_options_are_those_that_are_read(command, kind, monkeypatch):
    with contextlib.redirect_stdout(io.StringIO()) as told, pytest.raises(SystemExit):
        tyro.cli(kind, args=["--help"])
    flags = r"^[│ ] {1,3}(--[a-z0-9-]+)(?: [A-Z]+)?(?:, (--[a-z0-9-]+))?"
    read = {flag for pair in re.findall(flags, told.getvalue(), re.M) for flag in pair}
    shown = {flag for pair in re.findall(flags, text(kind, monkeypatch), re.M) for flag in pair}
    assert shown == read


def test_training_has_its_groups_in_order(monkeypatch):
    shown = groups(text(kind("lightgcn"), monkeypatch))
    titles = ["Most used", "Data", "Split and metrics", "Loss and negatives", "Training"]
    assert list(shown) == [*titles, "Model: lightgcn", "Run"]
    assert shown["Most used"] == [*MOST_USED, "epochs"]
    assert shown["Model: lightgcn"][:2] == ["dim", "n-layers"]
    assert shown["Run"] == ["fit-all", "refit", "devices", "resume"]


def test_a_model_without_training_has_no_groups_about_it(monkeypatch):
    shown = groups(text(kind("ease"), monkeypatch))
    assert list(shown) == ["Most used", "Data", "Split and metrics", "Model: ease", "Run"]
    assert shown["Most used"] == MOST_USED and shown["Model: ease"] == ["l2"]


def test_a_search_has_its_own_options_before_those_of_training(monkeypatch):
    shown = groups(text(tune_kind("mf"), monkeypatch))
    assert list(shown)[:3] == ["Most used", "Search", "Data"]
    assert shown["Search"] == ["trials", "search", "prune"]
    assert shown["Run"] == ["fit-all", "refit", "devices"]


def test_recommending_groups_what_is_about_new_users(monkeypatch):
    shown = groups(text(verbs.OPTIONS["recommend"], monkeypatch))
    assert shown == {
        "Most used": ["RUN", "users", "users-file", "all", "friends", "k", "out"],
        "New users": ["items", "histories", "user-column", "item-column", "time-column", "header"],
        "Other": ["new-items", "hide", "index", "rerank", "n-candidates", "strict"],
    }


@pytest.mark.parametrize(("command", "kind"), KINDS[:: len(KINDS) // 15])
def test_all_widths_say_the_same_and_no_line_is_too_long(command, kind, monkeypatch):
    by_width = {width: text(kind, monkeypatch, width) for width in (60, 80, 120)}
    for width, shown in by_width.items():
        lines = [line for line in shown.splitlines() if not line.startswith("jaxrec ")]
        assert max(map(len, lines)) <= width
    assert len({" ".join(shown.split()) for shown in by_width.values()}) == 1


def test_a_command_without_options_promises_none(monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Alone:
        """A command."""

        run: tyro.conf.Positional[str]
        """Run folder."""

    assert text(Alone, monkeypatch).splitlines()[0] == "usage: jaxrec this RUN"


def test_types_choices_and_defaults_are_said(monkeypatch):
    shown = " ".join(text(kind("lightgcn"), monkeypatch).split())
    for option in ("--k INT ... ", "--band INT INT ", "--min-rating FLOAT ", "--alpha FLOAT ..."):
        assert option in shown
    assert "--low-rated {hide, show} " in shown and "--refit, --no-refit " in shown
    assert "there are items. (default: 10 20)" in shown and "default: None" not in shown
    explain = " ".join(text(verbs.OPTIONS["explain"], monkeypatch).split())
    assert "jaxrec this RUN [OPTIONS]" in explain
    assert "RUN Run folder. (required) --user STR" in explain


def test_help_of_a_run_to_resume_says_its_own_defaults(clicks, tmp_path, capfd):
    words = ["train", "--out", str(tmp_path / "run")]
    assert main([*words, "--data", str(clicks), *SMALL, "--model", "mf", "--patience", "77"]) == 0
    capfd.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([*words, "--resume", "-h"])
    told = " ".join(capfd.readouterr().out.split())
    assert not stop.value.code
    assert "better validation. (default: 77)" in told and "Model: mf" in told


def test_a_shell_gets_its_completion(capfd):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--tyro-print-completion", "bash"])
    told = capfd.readouterr().out
    assert not stop.value.code and "--learning-rate" in told and "Most used" not in told


def test_refusals_are_words_without_rules(fails):
    line = fails("train", "--epoch", "3")
    assert "jaxrec train has no option --epoch (did you mean --epochs?); " in line
    assert line.strip().endswith("jaxrec train --model NAME --help lists all")
    line = fails("train", "--qqq=3", "--no-refit", "--learning_rate", "1", "--modle", "mf")
    assert "no option --qqq, --modle (did you mean --model?); " in line
    line = fails("similar", "run", "--itms", "3", "--items", "4")
    assert "no option --itms (did you mean --items?); jaxrec similar --help lists all" in line
    assert "Unrecognized" not in line and "─" not in line
