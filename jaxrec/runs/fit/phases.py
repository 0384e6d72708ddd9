"""The phases of a run: training that the validation slice stops, then training anew on more.

A refit trains from the same seed for as many epochs as the validation slice chose, on training and
validation interactions; the test slice measures its parameters. ``--fit-all`` adds a phase of as
many epochs on all interactions, for serving: nothing is left to measure it on. Every phase has
checkpoints and a history of its own.
"""

from collections.abc import Callable
from typing import NamedTuple

from jaxrec.data import Split
from jaxrec.runs.options import RunOptions


class Phase(NamedTuple):
    """One training of a run.

    Attributes:
      name: as a person reads it; empty for the first.
      amount: what it learns from, in words around a count.
      split: ``Split -> Split``, with all that it learns from in ``train``.
      checkpoint: its folder in the run folder.
      history: its file of epochs there.
    """

    name: str
    amount: str
    split: Callable[[Split], Split]
    checkpoint: str
    history: str

    @property
    def key(self) -> str:
        """Its name in metrics.json."""
        return self.name.replace("-", "_")

    @property
    def epoch(self) -> str:
        """What its epochs are called.

        >>> FIRST.epoch, REFIT.epoch
        ('epoch', 'refit epoch')
        """
        return f"{self.name} epoch".strip()

    def summary(self, n_epochs: int, n_rows: int, rows: str = "interactions") -> str:
        """What it is, in a line; of a model that is not trained without epochs.

        >>> REFIT.summary(85, 712_345)
        'refit: 85 epochs on 712,345 training and validation interactions'
        """
        how = f"{n_epochs:,} epoch{'s' if n_epochs > 1 else ''} on" if n_epochs else "on"
        return f"{self.name}: {how} {self.amount.format(n_rows, rows)}"


def _unchanged(split: Split) -> Split:
    return split  # A lambda cannot be sent to other processes.


FIRST = Phase("", "{:,} training {}", _unchanged, "checkpoint", "history.csv")
REFIT = Phase(
    "refit",
    "{:,} training and validation {}",
    Split.learn_valid,
    "checkpoint-refit",
    "history-refit.csv",
)
ALL = Phase(
    "fit-all",
    "all {:,} {}, those of the test slice among them",
    Split.learn_all,
    "checkpoint-all",
    "history-all.csv",
)


def planned(options: RunOptions, split: Split) -> list[Phase]:
    """The phases of a run, in order."""
    refit = getattr(options, "refit", False) and len(split.valid) > 0
    refit = refit and not getattr(options, "rounds", 0)  # Clients would spend their privacy twice.
    return [FIRST, *([REFIT] if refit else []), *([ALL] if options.fit_all else [])]


def measured(options: RunOptions, split: Split) -> Phase:
    """The phase whose parameters the test slice measures."""
    return [phase for phase in planned(options, split) if phase is not ALL][-1]


def answering(options: RunOptions, split: Split, finished: bool) -> Phase:
    """The phase that a run answers from; of one that is not finished the first."""
    return planned(options, split)[-1] if finished else FIRST
