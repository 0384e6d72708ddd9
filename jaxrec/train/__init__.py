"""Training: an objective from terms, one step, an epoch on the device, the loop around it.

One device by default; ``on_mesh`` and ``place`` spread the same over several, in one process or in
``hosts`` of them.
"""

from .checkpoint import Checkpoints as Checkpoints, newest_epoch as newest_epoch, run_of as run_of
from .devices import (
    gather as gather,
    on_mesh as on_mesh,
    padded_rows as padded_rows,
    place as place,
)
from .distance import distance_weighted_objective as distance_weighted_objective
from .epoch import epoch as epoch, shuffled_epoch as shuffled_epoch
from .hops import on_hops as on_hops
from .host_epoch import host_epoch as host_epoch
from .loop import (
    Diverged as Diverged,
    Progress as Progress,
    begin as begin,
    fit as fit,
    is_finished as is_finished,
)
from .objective import (
    l2_params as l2_params,
    l2_rows as l2_rows,
    l2_tables as l2_tables,
    objective as objective,
    rank as rank,
)
from .partitioned import on_host as on_host, partitioned as partitioned
from .pipeline import Pipeline as Pipeline
from .pmap import pmap_step as pmap_step
from .row_adagrad import row_adagrad as row_adagrad
from .step import Step as Step, TrainState as TrainState, step as step
from .stopping import Stopped as Stopped, until_stalled as until_stalled
from .vmapped import vmapped_epoch as vmapped_epoch, vmapped_step as vmapped_step
