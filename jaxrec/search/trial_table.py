"""The trials of a search: their table, the best of them, its command, and a bar over them."""

import dataclasses
import shlex
from pathlib import Path
from typing import Any

import polars as pl
from rich.progress import Progress as Bar

from jaxrec import registry
from jaxrec.runs import log, progress


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A row a trial, a column an option that was searched."""
    flat = [{name: row[name] for name in row if name != "tried"} | row["tried"] for row in rows]
    return pl.DataFrame(flat, infer_schema_length=None)


def best_of(
    rows: list[dict[str, Any]], n_trials: int = 1, lower_is_better: bool = False
) -> list[dict[str, Any]]:
    """The best completed trials, the earliest first among equals."""
    complete = [row for row in rows if row["state"] == "complete"]
    sign = 1 if lower_is_better else -1
    return sorted(complete, key=lambda row: sign * row["value"])[:n_trials]


def command(run: Any, out: Path) -> str:
    """The command line of ``jaxrec train`` that makes ``run`` in ``out``, quoted for a shell."""
    words = ["jaxrec", "train", "--model", run.model, "--data", run.data]
    if run.task != registry.entry(run.model).tasks[0].name:
        words += ["--task", run.task]
    for field in dataclasses.fields(run):
        value, flag = getattr(run, field.name), field.name.replace("_", "-")
        if field.name in ("model", "data", "task", "out") or value == field.default:
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            several = value if isinstance(value, tuple) else (value,)
            words += [f"--{flag}", *map(str, several)]
    return shlex.join([*words, "--out", str(out)])


def in_short(value: Any) -> str:
    """A value of an option, in three digits.

    >>> in_short(0.00123456)
    '0.00123'
    """
    return f"{value:.3g}" if isinstance(value, float) else str(value)


class SearchProgress:
    """A bar with trials done, the running one and the best; plain lines without a terminal."""

    def __init__(
        self,
        rows: list[dict[str, Any]],
        n_trials: int,
        metric: str,
        lower_is_better: bool = False,
    ):
        """Counts from ``rows``, the trials of earlier calls."""
        self._rows, self._n_trials, self._metric = list(rows), n_trials, metric
        self._lower_is_better = lower_is_better
        self._lines = not progress.err.is_terminal
        columns = progress.bar_columns("{task.description}", "{task.fields[status]}")
        self._bar = Bar(*columns, console=progress.err, disable=self._lines)
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
            tried = " ".join(f"{name}={in_short(value)}" for name, value in row["tried"].items())
            number = f"trial {row['trial']}/{self._n_trials}"
            log.say(f"{number}  {row['state']}{value}  {tried}  {self._best()}")

    def _best(self) -> str:
        best = best_of(self._rows, 1, self._lower_is_better)
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
