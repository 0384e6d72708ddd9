"""Options of a search, beside those of its runs; field docstrings are the help."""

import dataclasses
from functools import cache
from typing import Annotated

import tyro

from jaxrec.runs.model_options import kind
from jaxrec.runs.options import RunOptions
from jaxrec.tasks.option_groups import SEARCH

CHOSEN_ON = "Share of the training interactions held out to choose among trials and epochs."
STUDY = "Folder of the search; by default runs/DATA-MODEL-search."


@dataclasses.dataclass(frozen=True)
class TuneOptions:
    """Searches the options of a model that are best on the validation slice.

    Every option of jaxrec train holds for all trials; those named by --search vary. The search
    never looks at the test slice. It ends by printing a command that measures the best trial there,
    once; unlike trials, the model of that command also learns from the validation slice.

    If a search is stopped or killed, the same command continues it, and loses at most the running
    trial.

    jaxrec tune --model lightgcn --trials 30 --search learning_rate=1e-3:1e-1:log n_layers=1,2,3
    """

    GROUP = SEARCH
    trials: int = 20
    """Number of trials, those of earlier calls included; a later call can ask for more."""
    search: tuple[str, ...] = ()
    """What varies: NAME=LOW:HIGH, NAME=LOW:HIGH:log (uniform in the logarithm) or NAME=a,b,c, where
    NAME is an option of the model or of training; between whole numbers, values are whole. By
    default learning_rate and l2, or the options of a model without training."""
    prune: bool = True
    """Stop a trial whose best validation so far is below the median of the others at its epoch.
    Begins after five completed trials and a tenth of --epochs."""


@cache
def tune_kind(model: str, task: str | None = None) -> type:
    """The class of options of ``jaxrec tune``: those of a run, and those of the search.

    There is always a validation slice to choose on, and ``--out`` alone says what goes on.
    """
    held_out = Annotated[float, tyro.conf.arg(help=CHOSEN_ON)]
    fields = [
        ("valid_fraction", held_out, dataclasses.field(default=RunOptions.valid_fraction)),
        ("out", Annotated[str | None, tyro.conf.arg(help=STUDY)], dataclasses.field(default=None)),
        ("resume", Annotated[bool, tyro.conf.Suppress], dataclasses.field(default=False)),
    ]
    made = dataclasses.make_dataclass(
        f"TuneOptions of {model}", fields, bases=(TuneOptions, kind(model, task)), frozen=True
    )
    made.__doc__ = TuneOptions.__doc__
    return made
