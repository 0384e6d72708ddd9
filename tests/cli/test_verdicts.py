"""Verdicts by the rule: a direction needs all three tests, and one direction."""

import io

import pytest
from rich.console import Console

from jaxrec.cli import report
from jaxrec.cli.verdict_tables import print_groups, print_results
from jaxrec.cli.verdicts import Group, Result, judge, sentence
from jaxrec.evaluate import Comparison


def result(p, difference=0.0123, rank_biserial=0.2, name="runs/b", low=0.0101, high=0.0145):
    p_values = dict(zip(["t", "wilcoxon", "permutation"], p, strict=True))
    found = Comparison(29_858, 0.1, 0.1123, difference, low, high, rank_biserial, p_values)
    return Result("recall@20", "runs/a", name, found, p_values)


SURE, UNSURE, SPLIT = (1e-9, 2e-5, 9.999e-5), (0.4, 0.6, 0.5), (0.01, 0.2, 0.03)


@pytest.mark.parametrize(
    ("p", "difference", "rank_biserial", "verdict"),
    [
        (SURE, 0.01, 0.2, "better"),
        (SURE, -0.01, -0.2, "worse"),
        (SURE, 0.01, -0.2, "disagree"),
        (SPLIT, 0.01, 0.2, "disagree"),
        (UNSURE, 0.01, 0.2, "same"),
        ((0.05, 0.05, 0.05), 0.01, 0.2, "better"),
        ((1.0, 1.0, 1.0), 0.0, 0.0, "same"),
    ],
)
def test_a_direction_needs_all_tests_and_one_direction(p, difference, rank_biserial, verdict):
    assert judge(result(p, difference, rank_biserial), 0.05) == verdict


def test_sentences_say_what_was_found():
    assert sentence(result(SURE), 0.05) == (
        "runs/b is better than runs/a in recall@20 by 0.0123 (95 % interval 0.0101 to 0.0145; "
        "Holm-corrected p < 1e-4 in all three tests)"
    )
    assert sentence(result(UNSURE, 0.0002, low=-0.001, high=0.0014), 0.1) == (
        "runs/b and runs/a cannot be told apart in recall@20 (difference 0.0002, 90 % interval "
        "-0.0010 to 0.0014; Holm-corrected p at least 0.4 in all three tests)"
    )
    assert sentence(result(SPLIT), 0.05) == (
        "the tests disagree: runs/b less runs/a in recall@20 is 0.0123 (95 % interval 0.0101 to "
        "0.0145; Holm-corrected p 0.01 by t, 0.2 by Wilcoxon, 0.03 by permutation)"
    )


def test_a_p_value_of_exactly_the_bound_is_named():
    assert "Holm-corrected p at most 0.0001 in" in sentence(result((1e-9, 2e-5, 1e-4)), 0.05)


def test_the_better_run_comes_first_and_its_interval_with_it():
    worse = result(SURE, -0.0123, -0.2, low=-0.0145, high=-0.0101)
    assert sentence(worse, 0.05).startswith(
        "runs/a is better than runs/b in recall@20 by 0.0123 (95 % interval 0.0101 to 0.0145; "
    )


def test_a_mean_against_its_ranks_is_said():
    assert "opposite ways" in sentence(result(SURE, 0.01, -0.2), 0.05)


@pytest.mark.parametrize("width", [38, 65, 80, 140])
def test_names_and_numbers_are_whole_at_any_width(width, monkeypatch):
    name = "yelp2018-lightgcn-[64]-of-a-long-folder-name"
    names = [f"{name}-{n}" for n in range(50)]
    results = [result(SPLIT, -0.0123, name=one, low=-0.0145, high=-0.0101) for one in names]
    groups = [Group(one, 10_000, 20_000, 29_858, 0.1, 0.0877, -0.02, -0.01) for one in results]
    written = io.StringIO()
    monkeypatch.setattr(report, "out", Console(width=width, file=written, highlight=False))
    print_results(results, 0.05)
    for in_groups in groups[:2]:
        print_groups([in_groups], 0.05)
    text = written.getvalue()
    assert "…" not in text
    tables = [line for line in text.splitlines() if line[:1] in "┏┃┡│└"]
    assert max(map(len, tables), default=0) <= width and bool(tables) == (width > 38)
    rows = [line for line in text.splitlines() if name in line and "by training" not in line]
    assert len(rows) == 50 and all(any(one in row for row in rows) for one in names)
    assert text.count("-0.0145") == 50 and text.count("0.2000") == 2 * 50
    for number in ("29,858", "0.1123", "-0.0101", "10,000 to 20,000", "0.0877"):
        assert number in text


def test_titles_of_groups_stand_on_the_left(monkeypatch, capsys):
    monkeypatch.setattr(report, "out", Console(width=120, highlight=False))
    print_groups([Group(result(SURE), 1, 2, 30, 0.1, 0.2, 0.05, 0.15)], 0.05)
    assert not capsys.readouterr().out.startswith(" ")


def test_where_names_are_too_wide_runs_are_numbered(monkeypatch, capsys):
    monkeypatch.setattr(report, "out", Console(width=80))
    print_results([result(SURE, name="a" * 30), result(SURE, name="b" * 30)], 0.05)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["Runs", "1  runs/a", "2  " + "a" * 30, "3  " + "b" * 30]
    assert [line[2] for line in lines if line[:1] == "│"] == ["1", "2", " ", "3", " "]
