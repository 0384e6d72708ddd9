"""Options of runs on labeled nodes; field docstrings are the help."""

import dataclasses
from typing import Annotated, Literal

import tyro


@dataclasses.dataclass(frozen=True)
class RunOfNodes:
    """Trains a model on a graph of labeled nodes, measures it and writes a run folder.

    With files of yours, an edge list, classes of some nodes, and what is known of all:

    jaxrec train --model gcn_nodes --data edges.csv --labels labels.csv --features features.csv
    """

    data: str = "cora"
    """An edge list, a file of two columns of node ids (text, Parquet or JSON lines), whose edges
    count in both directions; the name of a known graph (cora, citeseer); or an .npz file of arrays,
    as data.load_nodes reads it."""
    split: Literal["auto", "rows", "given"] = "auto"
    """How the test slice is chosen: a random share of the labeled nodes ('rows'), or the split of
    the data ('given'), Planetoid's of a known graph. 'auto' is given if there is one."""
    test_fraction: float = 0.2
    """Share of the labeled nodes in the test slice (rows)."""
    valid_fraction: float = 0.1
    """Share of the training nodes held out to choose the epoch; 0 chooses the last. A split of the
    data that has a validation slice is used whole, or learned from at 0."""
    valid: Annotated[Literal["auto"], tyro.conf.Suppress] = "auto"
    """How the validation slice is chosen: at random, unless the data have one."""
    k: Annotated[tuple[int, ...], tyro.conf.Suppress] = (1,)
    """Classes have no lists."""
    test_users: int | None = None
    """Measure a random sample of this many nodes of the test slice, drawn by --split-seed, and
    print standard errors; by default all nodes are measured."""
    select: Literal["accuracy", "log_loss"] = "accuracy"
    """Validation metric that chooses the epoch and is plotted."""
    refit: bool = False
    """After the validation slice has chosen the epoch, train anew from the same seed for that many
    epochs on the training and validation nodes; this model is measured and serves. The papers leave
    it out."""
    batch_size: int = 100_000
    """Labeled nodes per step; at most as many as there are. Every step reads the whole graph."""
    learning_rate: float = 1e-2
    """Learning rate of Adam."""
    epochs: int = 500
    """Maximum number of epochs; an epoch has every labeled node of training once."""
    steps: Annotated[int | None, tyro.conf.Suppress] = None
    """An epoch has as many steps as hold every node once."""
    validate_every: int = 1
    """Validate every this many epochs, and after the last."""
