"""Options of tune and launch, beside those of the runs that they start."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class TuneOptions:
    """Searches the options of a model that are best on the validation slice.

    Every option of jaxrec train holds for all trials; those that --search names vary. The test
    slice is neither measured nor looked at: the command that is printed last does that, once, of a
    model that has learned from the validation slice, too; trials have not.
    Stopped or killed, the same command goes on, and loses the running trial at most.

    jaxrec tune --model lightgcn --trials 30 --search learning_rate=1e-3:1e-1:log n_layers=1,2,3
    """

    trials: int = 20
    """Trials in all, those of earlier calls among them; later calls may ask for more."""
    search: tuple[str, ...] = ()
    """What varies, as NAME=LOW:HIGH, NAME=LOW:HIGH:log (spread evenly over powers of ten) or
    NAME=a,b,c, NAME being an option of the model or of training; whole numbers stay whole. By
    default learning_rate and l2, or what a model without training has."""
    prune: bool = True
    """Stop a trial whose best validation so far is below the median of the others at its epoch;
    begins after five completed trials and a tenth of --epochs."""


@dataclasses.dataclass(frozen=True)
class LaunchOptions:
    """Starts processes on this machine that train one run together, each on its own devices.

    The command to run follows: jaxrec launch --processes 2 train --devices 2 ...
    """

    processes: int = 2
    """How many."""
