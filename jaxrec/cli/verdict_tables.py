"""What a comparison of runs found, in tables that a terminal of any width shows whole."""

from collections.abc import Sequence
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from jaxrec.cli import report
from jaxrec.cli.verdicts import TESTS, Group, Result, percent


def print_results(results: Sequence[Result], alpha: float) -> None:
    """A table a metric; where names make it too wide they are numbers, and lines if those do."""
    by_metric = [list(found) for _, found in groupby(results, key=lambda result: result.metric)]
    first = by_metric[0]
    names = [first[0].reference, *(result.run for result in first)]
    numbers = [str(number) for number in range(1, len(names) + 1)]
    for rows in names, numbers:
        tables = [table(found, alpha, rows) for found in by_metric]
        if all(map(report.fits, tables)):
            if rows is numbers:
                legend = (f"{number}  {name}" for number, name in zip(rows, names, strict=True))
                report.out.print("\n".join(["Runs", *legend]), soft_wrap=True, markup=False)
            for shown in tables:
                report.out.print(shown)
            return
    for found in by_metric:
        report.out.print(in_lines(found, alpha), soft_wrap=True, markup=False)


def print_groups(groups: Sequence[Group], alpha: float) -> None:
    """A table of a run's groups, or a line a group where that is too wide."""
    shown = group_table(groups, alpha)
    if report.fits(shown):
        report.out.print(shown)
        return
    lines = [_group_title(groups[0])]
    for group in groups:
        of = f"{group.least:,} to {group.most:,} ({group.n_users:,} {group.result.counts})"
        means = f"{group.second:.4f} against {group.first:.4f}"
        lines.append(f"  {of}: {means}, {percent(alpha)} {group.low:z.4f} to {group.high:z.4f}")
    report.out.print("\n".join(lines), soft_wrap=True, markup=False)


def in_lines(results: Sequence[Result], alpha: float) -> str:
    """What ``table`` shows, some lines a run."""
    first = results[0]
    lines = [f"{first.metric} of {first.found.n_users:,} {first.counts}"]
    lines.append(f"{first.reference}\n  mean {first.found.first:.4f}")
    for result in results:
        found = result.found
        interval = f"{percent(alpha)} interval {found.low:z.4f} to {found.high:z.4f}"
        lines.append(f"{result.run}\n  mean {found.second:.4f}, difference {found.difference:z.4f}")
        lines.append(f"  {interval}")
        for which, p in (("p", found.p_values), ("p by Holm", result.holm)):
            each = ", ".join(f"{_p(p[test])} {name}" for test, name in TESTS.items())
            lines.append(f"  {which}: {each}")
    return "\n".join(lines)


def table(results: Sequence[Result], alpha: float, names: Sequence[str]) -> Table:
    """Runs against the reference in one metric: a test's p, and below it p by Holm.

    Args:
      names: what to call the reference, then the run of each result.
    """
    first = results[0]
    title = f"{first.metric} of {first.found.n_users:,} {first.counts}; p, and below it p by Holm"
    shown = Table(title=escape(title), title_justify="left")
    shown.add_column("", no_wrap=True)
    for name in ("mean", "differ-\nence", f"{percent(alpha)}\ninterval"):
        shown.add_column(name, justify="right", no_wrap=True)
    for name in ("t", "Wilcoxon", "permu-\ntation"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_row(escape(names[0]), f"{first.found.first:.4f}")
    for name, result in zip(names[1:], results, strict=True):
        found = result.found
        ps = (f"{_p(found.p_values[test])}\n{_p(result.holm[test])}" for test in TESTS)
        interval = f"{found.low:z.4f}\n{found.high:z.4f}"
        numbers = f"{found.second:.4f}", f"{found.difference:z.4f}", interval
        shown.add_row(escape(name), *numbers, *ps)
    return shown


def group_table(groups: Sequence[Group], alpha: float) -> Table:
    """A run against the reference in one metric, by users' training interactions."""
    shown = Table(title=escape(_group_title(groups[0])), title_justify="left")
    counts = groups[0].result.counts
    for name in ("training\ninteractions", counts, "reference\nmean", "mean", "differ-\nence"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column(f"{percent(alpha)}\ninterval", justify="right", no_wrap=True)
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


def _group_title(group: Group) -> str:
    result = group.result
    return f"{result.metric} of {result.run} by training interactions; not tested"


def _p(p: float) -> str:
    return "<1e-4" if p < 1e-4 else f"{p:.4f}"
