"""Options of tune and launch, beside those of the runs that they start."""

import dataclasses

from jaxrec.tasks.option_groups import SEARCH


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


@dataclasses.dataclass(frozen=True)
class LaunchOptions:
    """Starts processes on this machine that train one run together, each on its own devices.

    The command to run follows:

    jaxrec launch --processes 2 train --devices 2 ...
    """

    processes: int = 2
    """Number of processes."""
