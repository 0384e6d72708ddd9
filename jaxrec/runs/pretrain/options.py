"""Options of pretrain; field docstrings are the help."""

import dataclasses
from typing import Annotated

from tyro.conf import Positional

from jaxrec.runs.options import ColumnOptions
from jaxrec.tasks.option_groups import DATA, TRAINING, Group, MostUsed

ENCODER = Group(6, "Encoder and views")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainOptions(ColumnOptions):
    """Pretrains an encoder of graph structure on one domain, for models of another to start from.

    PCRec: two subgraphs around a node are told from those of other nodes by contrast. No ids are
    learned, so the domains need not share users or items.

    jaxrec pretrain phones.csv --out runs/phones-structure

    jaxrec train --data books.csv --start-from runs/phones-structure
    """

    GROUP = TRAINING
    source: MostUsed[Positional[str]]
    """A CSV, TSV, Parquet or JSON lines file, a folder with train.txt and test.txt, or the name of
    a data set. Where the data has a split of its own, its training part is used; else all."""
    out: MostUsed[str]
    """New folder for the encoder."""
    dim: MostUsed[int] = 64
    """Width of the encoder's layers and vectors: the --dim of the models that start from it."""
    steps: MostUsed[int] = 1000
    """Gradient steps."""
    seed: MostUsed[int] = 0
    """Random seed of the encoder and of all that is drawn."""
    data_dir: Annotated[str | None, DATA] = None
    """Folder of the named data sets; by default the environment variable JAXREC_DATA."""
    batch_size: int = 256
    """Users and items drawn per step, two subgraphs each."""
    learning_rate: float = 5e-3
    """Peak of the learning rate: it rises over a tenth of the steps, then decays linearly to 0. A
    rate of 0 leaves the random encoder as it is, a baseline."""
    temperature: float = 0.07
    """Divides cosines in the contrastive loss."""
    n_layers: Annotated[int, ENCODER] = 4
    """Layers of message passing in a subgraph."""
    dropout: Annotated[float, ENCODER] = 0.5
    """Chance that an entry of a layer's readout is zeroed in training."""
    n_nodes: Annotated[int, ENCODER] = 64
    """Nodes of a subgraph, at most."""
    walk_length: Annotated[int, ENCODER] = 256
    """Nodes of the random walk with restart that collects a subgraph, repeated ones included."""
