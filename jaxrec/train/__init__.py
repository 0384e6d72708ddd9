"""Training: an objective from terms, one step, an epoch on the device, the loop around it."""

from .checkpoint import Checkpoints as Checkpoints
from .epoch import epoch as epoch
from .loop import Diverged as Diverged, Progress as Progress, begin as begin, fit as fit
from .objective import l2_rows as l2_rows, objective as objective, rank as rank
from .step import Step as Step, TrainState as TrainState, step as step
