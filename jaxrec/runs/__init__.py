"""What a run is: its options, its training, its folder and its answers, and the parts of each.

``jaxrec.fit`` puts the parts together; experiments and benchmarks take them apart.
"""

from .answer.serving import (
    Served as Served,
    Trained as Trained,
    open_run as open_run,
    read_run as read_run,
)
from .fit.assemble import build_graph as build_graph, build_model as build_model
from .fit.devices import to_devices as to_devices
from .fit.fitting import Epoch as Epoch
from .fit.train import Fitted as Fitted, train as train
from .fit.training import (
    Training as Training,
    build_epoch as build_epoch,
    build_training as build_training,
    first_progress as first_progress,
)
from .load import load_run as load_run
from .model_options import options_of as options_of
from .options import RunOptions as RunOptions, TrainOptions as TrainOptions
from .run import Run as Run
from .store.files import make as make, write_atomically as write_atomically
