"""Progress of long work, on standard error."""

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress as Bar,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from jaxrec.runs import log

LINE_SECONDS = 10.0
"""Without a terminal, epochs print a line at least so often."""
QUIET_SECONDS = 2.0
"""Passes over users that are shorter show no progress."""
BESIDE_BAR = 90
"""Columns that the words and times of a long line take."""


class LastingConsole(Console):
    """A console that falls silent where nobody reads any more, instead of ending the process."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


err = LastingConsole(stderr=True, highlight=False)


def silence() -> None:
    """Leaves the terminal to another process of the same run."""
    err.quiet = True


def bar_columns(description: str, status: str) -> list[ProgressColumn]:
    """What a line of progress shows: the narrower the terminal, the shorter the bar; words wrap."""
    first, then = (TextColumn(text, table_column=Column()) for text in (description, status))
    bar = BarColumn(bar_width=max(4, min(40, err.width - BESIDE_BAR)))
    return [first, bar, then, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()]


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
        columns = bar_columns("{task.description}", "{task.fields[status]}")
        self._bar = Bar(*columns, console=err, disable=self._lines)
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
            log.say(f"{self._epoch_of} {epoch}/{self._n_epochs}  {self._loss}  {self._valid}")

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

    def __init__(self, what: str, of: str = "users"):
        """``what`` is being done, such as ``measuring the test slice``, and ``of`` what."""
        self._what, self._of, self._start = what, of, time.monotonic()
        self._said = self._start
        columns = bar_columns(
            "{task.description}", f"{{task.completed:,.0f}} of {{task.total:,.0f}} {of}"
        )
        bar = Bar(*columns, console=err, transient=True)
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
            log.say(f"{self._what}: {done:,} of {total:,} {self._of}")

    def __enter__(self) -> "RankingProgress":
        """Starts to count time."""
        return self

    def __exit__(self, *error: object) -> None:
        """Removes the bar."""
        if self._bar.live.is_started:
            self._bar.stop()
