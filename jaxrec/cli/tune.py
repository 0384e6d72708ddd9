"""``jaxrec tune``: searches options, and prints the best trials."""

from typing import Any

from rich.table import Table

from jaxrec.cli import report
from jaxrec.search.trial_table import best_of, in_short
from jaxrec.search.tune import Search, tune as search

N_SHOWN = 10
"""Trials in the printed table."""


def tune(settings: Any) -> Search:
    """Runs the trials that are missing and prints the best.

    Raises:
      InputError: anything the user can repair; what can be told before any trial, is.
    """
    found = search(settings)
    _show(found)
    return found


def _show(found: Search) -> None:
    """Prints the best trials beside the best baseline, what mattered, and a command."""
    rows, (name, level) = found.rows, found.baseline
    ends = [row["state"] for row in rows]
    counts = ", ".join(f"{ends.count(state)} {state}" for state in dict.fromkeys(ends))
    report.out.print(
        f"Validation slice, {len(rows)} trials ({counts}); {name} has {level:.4f} there",
        soft_wrap=True,
    )
    report.out.print(_table(rows, found.select, found.lower_is_better))
    if found.importance:
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found.importance.items())
        report.out.print(f"What told good trials from others: {told}", soft_wrap=True, markup=False)
    report.out.print(
        "The best value was chosen, so it flatters; the test slice has not been looked at. "
        f"Train the best and measure it there:\n{found.command}",
        soft_wrap=True,
        markup=False,
    )


def _table(rows: list[dict[str, Any]], metric: str, lower_is_better: bool = False) -> Table:
    """A line a trial; where that is too wide a column a trial, as many as there is room for."""
    lines = []
    for row in best_of(rows, N_SHOWN, lower_is_better):
        tried = {name: in_short(value) for name, value in row["tried"].items()}
        found = {metric: f"{row['value']:.4f}", "epoch": str(row["epoch"])}
        lines.append({"trial": str(row["trial"])} | found | tried)
    heads = [name.replace("@", "\n@").replace("_", "_\n") for name in lines[0]]
    title = lambda n: f"Trials, best {n} of {len(rows)}" if n < len(rows) else "Trials"
    wide = report.plain_table(title(len(lines)), heads[1:], [list(line.values()) for line in lines])
    n_shown = len(lines)
    while not report.fits(wide) and n_shown:
        shown = lines[:n_shown]
        turned = [[name, *(line[name] for line in shown)] for name in lines[0]]
        wide = report.plain_table(title(n_shown), turned[0][1:], turned[1:])
        n_shown -= 1
    return wide
