"""What a search shows: a bar over trials, the best of them, and the command that repeats one."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import polars as pl
from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeElapsedColumn
from rich.table import Table

from jaxrec.runs import report

N_SHOWN = 10
"""Trials in the printed table."""


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A row a trial, a column an option that was searched."""
    flat = [{name: row[name] for name in row if name != "tried"} | row["tried"] for row in rows]
    return pl.DataFrame(flat, infer_schema_length=None)


def best_of(rows: list[dict[str, Any]], n_trials: int = 1) -> list[dict[str, Any]]:
    """The best completed trials, the earliest first among equals."""
    complete = [row for row in rows if row["state"] == "complete"]
    return sorted(complete, key=lambda row: -row["value"])[:n_trials]


def command(run: Any, out: Path) -> str:
    """The command line of ``jaxrec train`` that makes ``run`` in ``out``, quoted for a shell."""
    words = ["jaxrec", "train", "--model", run.model, "--data", run.data]
    for field in dataclasses.fields(run):
        value, flag = getattr(run, field.name), field.name.replace("_", "-")
        if field.name in ("model", "data", "out") or value == field.default:
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            several = value if isinstance(value, tuple) else (value,)
            words += [f"--{flag}", *map(str, several)]
    return shlex.join([*words, "--out", str(out)])


def show(
    rows: list[dict[str, Any]], metric: str, level: float, shares: dict[str, float], line: str
) -> None:
    """Prints the best trials beside popularity, what mattered, and the best one's command."""
    ends = [row["state"] for row in rows]
    counts = ", ".join(f"{ends.count(state)} {state}" for state in dict.fromkeys(ends))
    report.out.print(
        f"Validation slice, {len(rows)} trials ({counts}); popularity has {level:.4f} there",
        soft_wrap=True,
    )
    report.out.print(_table(rows, metric))
    if shares:
        told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
        report.out.print(f"What told good trials from others: {told}", soft_wrap=True, markup=False)
    report.out.print(
        "The best value was chosen, so it flatters; the test slice has not been looked at. "
        f"Train the best and measure it there:\n{line}",
        soft_wrap=True,
        markup=False,
    )


def _table(rows: list[dict[str, Any]], metric: str) -> Table:
    """A line a trial; where that is too wide a column a trial, as many as there is room for."""
    lines = []
    for row in best_of(rows, N_SHOWN):
        tried = {name: _short(value) for name, value in row["tried"].items()}
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


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


class SearchProgress:
    """A bar with trials done, the running one and the best; plain lines without a terminal."""

    def __init__(self, rows: list[dict[str, Any]], n_trials: int, metric: str):
        """Counts from ``rows``, the trials of earlier calls."""
        self._rows, self._n_trials, self._metric = list(rows), n_trials, metric
        self._lines = not report.err.is_terminal
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=report.err,
            disable=self._lines,
        )
        self._task = self._bar.add_task("", total=n_trials, status="")
        self._show("")

    def epoch(self, epoch: int, value: float) -> None:
        """Called after every validation of the running trial."""
        self._show(f"now {value:.4f} in epoch {epoch}")

    def trial(self, row: dict[str, Any]) -> None:
        """Called after every trial."""
        self._rows.append(row)
        self._show("")
        if self._lines:
            value = "" if row["value"] is None else f" {self._metric} {row['value']:.4f}"
            tried = " ".join(f"{name}={_short(value)}" for name, value in row["tried"].items())
            number = f"trial {row['trial']}/{self._n_trials}"
            report.say(f"{number}  {row['state']}{value}  {tried}  {self._best()}")

    def _best(self) -> str:
        best = best_of(self._rows)
        return f"best {best[0]['value']:.4f} (trial {best[0]['trial']})" if best else ""

    def _show(self, now: str) -> None:
        done = len(self._rows)
        status = "  ".join(part for part in (self._best(), now) if part)
        description = f"trials {done}/{self._n_trials}"
        self._bar.update(self._task, completed=done, status=status, description=description)

    def __enter__(self) -> "SearchProgress":
        """Starts the display."""
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stops the display."""
        self._bar.stop()
