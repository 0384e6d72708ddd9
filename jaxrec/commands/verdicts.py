"""What a comparison of runs found, in a table and in a sentence."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.markup import escape
from rich.table import Table

from jaxrec.evaluate import Comparison

TESTS = {"t": "t", "wilcoxon": "Wilcoxon", "permutation": "permutation"}
"""Names of the tests in what a person reads."""


class Result(NamedTuple):
    """One run against the reference in one metric.

    Attributes:
      holm: p by test, corrected for all that was compared.
    """

    metric: str
    reference: str
    run: str
    found: Comparison
    holm: dict[str, float]


class Group(NamedTuple):
    """Users with ``least`` to ``most`` training interactions; means and an interval, no test."""

    result: Result
    least: int
    most: int
    n_users: int
    first: float
    second: float
    low: float
    high: float


def judge(result: Result, alpha: float) -> Literal["better", "worse", "same", "disagree"]:
    """How the run stands to the reference; a direction needs all tests, and one direction."""
    found = [p <= alpha for p in result.holm.values()]
    if not any(found):
        return "same"
    if not all(found) or result.found.difference * result.found.rank_biserial <= 0:
        return "disagree"
    return "better" if result.found.difference > 0 else "worse"


def sentence(result: Result, alpha: float) -> str:
    """The verdict on a pair, better run first."""
    verdict, found = judge(result, alpha), result.found
    run, other, by = result.run, result.reference, found.difference
    low, high = found.low, found.high
    if verdict == "worse":
        run, other, by, low, high = other, run, -by, -high, -low
    interval = f"{_percent(alpha)} interval {low:z.4f} to {high:z.4f}"
    least, most = min(result.holm.values()), max(result.holm.values())
    if verdict in ("better", "worse"):
        sure = "p < 1e-4" if most < 1e-4 else f"p at most {most:.2g}"
        return (
            f"{run} is better than {other} in {result.metric} by {by:.4f} "
            f"({interval}; Holm-corrected {sure} in all three tests)"
        )
    if verdict == "same":
        return (
            f"{run} and {other} cannot be told apart in {result.metric} (difference {by:z.4f}, "
            f"{interval}; Holm-corrected p at least {least:.2g} in all three tests)"
        )
    told = ", ".join(f"{result.holm[test]:.2g} by {name}" for test, name in TESTS.items())
    odds = "" if by * found.rank_biserial > 0 else "; the mean and the ranks point opposite ways"
    return (
        f"the tests disagree: {run} less {other} in {result.metric} is {by:z.4f} "
        f"({interval}; Holm-corrected p {told}{odds})"
    )


def table(results: Sequence[Result], alpha: float) -> Table:
    """Runs against the reference in one metric: a test's p, and below it p by Holm."""
    first = results[0]
    title = f"{first.metric} of {first.found.n_users:,} users; p, and below it p by Holm"
    shown = Table(title=escape(title), title_justify="left")
    shown.add_column("", overflow="fold")
    for name in ("mean", "differ-\nence", f"{_percent(alpha)}\ninterval"):
        shown.add_column(name, justify="right", no_wrap=True)
    for name in ("t", "Wilcoxon", "permu-\ntation"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_row(escape(first.reference), f"{first.found.first:.4f}")
    for result in results:
        found = result.found
        ps = (f"{_p(found.p_values[test])}\n{_p(result.holm[test])}" for test in TESTS)
        interval = f"{found.low:z.4f}\n{found.high:z.4f}"
        numbers = f"{found.second:.4f}", f"{found.difference:z.4f}", interval
        shown.add_row(escape(result.run), *numbers, *ps)
    return shown


def group_table(groups: Sequence[Group], alpha: float) -> Table:
    """A run against the reference in one metric, by users' training interactions."""
    result = groups[0].result
    title = f"{result.metric} of {result.run} by training interactions; not tested"
    shown = Table(title=escape(title), title_justify="left")
    for name in ("training\ninteractions", "users", "reference\nmean", "mean", "differ-\nence"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column(f"{_percent(alpha)}\ninterval", justify="right")
    for group in groups:
        shown.add_row(
            f"{group.least:,} to {group.most:,}",
            f"{group.n_users:,}",
            f"{group.first:.4f}",
            f"{group.second:.4f}",
            f"{group.second - group.first:z.4f}",
            f"{group.low:z.4f} to {group.high:z.4f}",
        )
    return shown


def _percent(alpha: float) -> str:
    return f"{100 * (1 - alpha):g} %"


def _p(p: float) -> str:
    return "<1e-4" if p < 1e-4 else f"{p:.4f}"
