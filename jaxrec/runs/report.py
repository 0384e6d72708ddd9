"""What a person sees: tables on standard output, progress on standard error."""

import time
from collections.abc import Sequence

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    Progress as Bar,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from jaxrec.data import Finding

LINE_SECONDS = 10.0
"""Without a terminal, epochs print a line at least so often."""
QUIET_SECONDS = 2.0
"""Passes over users that are shorter show no progress."""
BROADEST = 10_000
"""Wider than any table; to a console all are at most as wide as itself."""
LOOKS_AHEAD = "test_before_train_end"


class _Lasting(Console):
    """A console that falls silent where nobody reads any more, instead of ending the process."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


out = _Lasting(highlight=False)
err = _Lasting(stderr=True, highlight=False)


def silence() -> None:
    """Leaves the terminal to another process of the same run."""
    out.quiet = err.quiet = True


def say(line: str) -> None:
    """Tells the person on standard error; a line stays a line."""
    err.print(line, soft_wrap=True, markup=False)


def tell_alike(n_users: int, n_all: int, part: str) -> None:
    """Says how many users of a slice the model could not rank for, if any."""
    if n_users:
        say(
            f"{n_users:,} of {n_all:,} users of the {part} slice get the same score for all items "
            "from this model; they are measured by the popular items"
        )


def print_standard_errors(errors: dict[str, float], names: Sequence[str]) -> None:
    """Prints the standard errors of a model's means over a sample of users."""
    parts = (f"{name} {errors[name]:.4f}" for name in names if name in errors)
    line = f"Standard errors of the model over the sample of users: {', '.join(parts)}"
    out.print(line, soft_wrap=True, markup=False)


def leak_lines(findings: Sequence[Finding]) -> str:
    """What the training part of the split tells about the test: one line a check."""
    lines = ["Leak checks"]
    for finding in findings:
        share = f"{finding.count:,} of {finding.total:,}" if finding.count else "none"
        hint = "; --split time measures without" if finding.name == LOOKS_AHEAD else ""
        lines.append(f"  {finding.message}: {share}{hint if finding.count else ''}")
    return "\n".join(lines)


def metric_table(rows: dict[str, dict[str, float]], title: str, names: Sequence[str]) -> Table:
    """A row a system, a column a metric, the best in bold; turned where that is too wide."""
    cells = {}
    for name in names:
        best = max(row[name] for row in rows.values())
        for system, row in rows.items():
            text = f"{row[name]:.4f}"
            cells[system, name] = f"[bold]{text}[/bold]" if row[name] == best else text
    heads = [name.replace("@", "\n@") for name in names]
    lines = [[system, *(cells[system, name] for name in names)] for system in rows]
    wide = plain_table(title, heads, lines)
    if fits(wide):
        return wide
    turned = [[name, *(cells[system, name] for system in rows)] for name in names]
    return plain_table(title, list(rows), turned)


def fits(table: Table) -> bool:
    """Whether nothing of it would be cut."""
    return Measurement.get(out, out.options.update(max_width=BROADEST), table).maximum <= out.width


def plain_table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """A named line a row, numbers to the right."""
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(*line)
    return table


def columns_shown(ks: Sequence[int]) -> list[str]:
    """The columns of the printed table: accuracy at every k, breadth at the largest."""
    accuracy = [f"{name}@{k}" for k in ks for name in ("recall", "ndcg")]
    last = max(ks)
    return [*accuracy, f"hit@{last}", f"mrr@{last}", f"coverage@{last}"]


def frame_table(frame: pl.DataFrame, title: str) -> Table:
    """A data frame as a table."""
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        table.add_column(name, justify="right" if frame[name].dtype.is_numeric() else "left")
    for row in frame.iter_rows():
        cells = (f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row)
        table.add_row(*map(escape, cells))
    return table


class TrainingProgress:
    """A bar with loss, metric and time left; plain lines where there is no terminal."""

    def __init__(
        self,
        n_epochs: int,
        n_steps: int,
        metric: str | None,
        first_epoch: int,
        epoch_of: str = "epoch",
    ):
        """Counts from ``first_epoch``, so that a resumed run shows where it stands.

        Args:
          epoch_of: what to call an epoch, such as "refit epoch".
        """
        self._n_epochs, self._n_steps, self._metric = n_epochs, n_steps, metric
        self._epoch_of = epoch_of
        self._lines = not err.is_terminal
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=err,
            disable=self._lines,
        )
        total, done = n_epochs * n_steps, first_epoch * n_steps
        self._task = self._bar.add_task(
            f"{epoch_of} {first_epoch}/{n_epochs}", total=total, completed=done, status=""
        )
        self._valid, self._loss, self._said = "", "", time.monotonic()

    def step(self, step, loss) -> None:
        """Called from the running epoch."""
        self._loss = f"loss {float(loss):.4f}"
        epoch = (int(step) - 1) // self._n_steps + 1
        self._show(int(step), epoch)

    def epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Called after every epoch."""
        self._loss = f"loss {row['loss']:.4f}"
        if "valid" in row:
            self._valid = f"valid {self._metric} {row['valid']:.4f}"
        self._show(epoch * self._n_steps, epoch)
        waited = time.monotonic() - self._said
        if self._lines and ("valid" in row or epoch == self._n_epochs or waited > LINE_SECONDS):
            self._said = time.monotonic()
            say(f"{self._epoch_of} {epoch}/{self._n_epochs}  {self._loss}  {self._valid}")

    def _show(self, step: int, epoch: int) -> None:
        status = "  ".join(part for part in (self._loss, self._valid) if part)
        description = f"{self._epoch_of} {epoch}/{self._n_epochs}"
        self._bar.update(self._task, completed=step, status=status, description=description)

    def __enter__(self) -> "TrainingProgress":
        """Starts the display."""
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stops the display."""
        self._bar.stop()


class RankingProgress:
    """A bar over users while lists are made; plain lines where there is no terminal.

    Nothing is shown before ``QUIET_SECONDS``. Call it with ``(done, total)``.
    """

    def __init__(self, what: str):
        """``what`` is being done, such as ``measuring the test slice``."""
        self._what, self._start = what, time.monotonic()
        self._said = self._start
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}")
        left = TextColumn("of {task.total:,.0f} users"), TimeElapsedColumn(), TextColumn("left")
        bar = Bar(*columns, *left, TimeRemainingColumn(), console=err, transient=True)
        self._bar, self._task = bar, bar.add_task(what, total=0)

    def __call__(self, done: int, total: int) -> None:
        """Shows how far it is."""
        now = time.monotonic()
        if now - self._start < QUIET_SECONDS:
            return
        if err.is_terminal:
            self._bar.update(self._task, completed=done, total=total)
            self._bar.start()
        elif now - self._said > LINE_SECONDS:
            self._said = now
            say(f"{self._what}: {done:,} of {total:,} users")

    def __enter__(self) -> "RankingProgress":
        """Starts to count time."""
        return self

    def __exit__(self, *error: object) -> None:
        """Removes the bar."""
        if self._bar.live.is_started:
            self._bar.stop()
