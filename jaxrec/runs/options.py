"""Options of a run; field docstrings are the help, ``GROUP`` its heading."""

import dataclasses
from typing import Annotated, Literal

from jaxrec.tasks.option_groups import DATA, RUN, SPLIT, TRAINING, MostUsed


@dataclasses.dataclass(frozen=True)
class InputOptions:
    """What is trained, and on which data."""

    data: MostUsed[str] = "movielens-small"
    """A CSV, TSV, Parquet or JSON lines (.jsonl) file, a folder with train.txt and test.txt, or the
    name of a data set."""
    model: MostUsed[str] = "lightgcn"
    """A name that jaxrec models lists; --model NAME --help shows the options of that model."""
    task: MostUsed[str] = "ranking"
    """What the model is asked: jaxrec models lists the tasks of each."""
    data_dir: Annotated[str | None, DATA] = None
    """Folder of the named data sets; by default the environment variable JAXREC_DATA."""


@dataclasses.dataclass(frozen=True)
class ColumnOptions:
    """Which columns of interactions are read, and which rows count."""

    GROUP = DATA
    user_column: MostUsed[str | None] = None
    """Column of user ids; by default found by its name."""
    item_column: MostUsed[str | None] = None
    """Column of item ids; by default found by its name."""
    rating_column: str | None = None
    """Column of ratings or weights; by default found by its name. '' reads none."""
    time_column: MostUsed[str | None] = None
    """Column of times: numbers of one unit since 1970, or dates, in UTC where no zone is given. By
    default found by its name; '' reads none."""
    title_column: str | None = None
    """Column of item titles; by default found by its name, if no item has two titles. '' reads
    none."""
    header: bool = True
    """Whether the first line of the file names the columns; without a header they are named 1, 2,
    3 and 4."""
    min_rating: MostUsed[float | None] = None
    """Drop interactions with a lower rating. By default all count (movielens-small: 4,
    book-crossing-kg: 1, ciao-categories: 1, fesog-filmtrust: 0), but of labels 0 and 1 only the
    ones. Required if ratings are 0 or negative; 0 keeps all that are not negative."""
    k_core: int | None = None
    """Iteratively drop users and items with fewer than this many interactions; by default none are
    dropped (movielens-small: 5)."""
    repeats: Literal["drop", "keep"] = "drop"
    """Whether further interactions of a user with an item count; 'keep' also allows items that the
    user has interacted with in the user's lists."""


@dataclasses.dataclass(frozen=True)
class DataOptions(ColumnOptions, InputOptions):
    """Which columns of the data are read, and which interactions count."""

    GROUP = DATA
    low_rated: Literal["hide", "show"] = "hide"
    """What happens to items that a user rated below --min-rating: 'hide' leaves them out of the
    user's lists and out of the ranking that is measured, 'show' allows them."""


@dataclasses.dataclass(frozen=True)
class FactOptions(InputOptions):
    """Which facts are read."""

    GROUP = DATA
    relations: tuple[str, ...] = ()
    """Relations of the data set to learn from, such as trust; by default all that it has."""
    directed: bool = False
    """Links of a file of two columns hold one way; by default both ways."""


@dataclasses.dataclass(frozen=True)
class NodeOptions(InputOptions):
    """What is known of nodes beside their edges."""

    GROUP = DATA
    labels: MostUsed[str | None] = None
    """Classes of the nodes of an edge list: a CSV, TSV, Parquet or JSON lines file with a column of
    ids called node (node_id, id) and one called label (class, target). Nodes that it leaves out
    have no label, and jaxrec predict finds theirs."""
    features: MostUsed[str | None] = None
    """What is known of the nodes of an edge list: a CSV, TSV, Parquet or JSON lines file with a row
    for every node, a column of ids called node (node_id, id) and columns of numbers, dates, words,
    texts or vectors; cells may be missing. By default each node has a learned vector in place."""


@dataclasses.dataclass(frozen=True)
class SplitOptions:
    """How the data is split, and what is measured."""

    GROUP = SPLIT
    split: MostUsed[
        Literal["auto", "random", "rows", "users", "latest", "leave_one_out", "time", "given"]
    ] = "auto"
    """How the test slice is chosen: a share of every user's interactions ('random', or the 'latest'
    by time or by place in the file), a random share of all ('rows'), all of a share of
    users ('users', those who came last), each user's last one
    ('leave_one_out'), the newest of all ('time'), or the split of the data ('given'). 'auto' is
    given if there is one; else rows for ratings and clicks, users for next items, and for
    rankings and related items latest if times are known, or random."""
    test_fraction: float = 0.2
    """Share of interactions in the test slice (random, latest, time)."""
    valid_fraction: float = 0.1
    """Share of the training interactions held out to choose the epoch; 0 chooses the last, and is
    the default of models that are not trained. A folder's valid.txt is used whole, or learned from
    at 0."""
    valid: Literal["auto", "random", "users", "latest"] = "auto"
    """How the validation slice is chosen; 'auto' is like the test slice, or, if that is given,
    random, and whole users for next items."""
    split_seed: int = 0
    """Seed of the random split; separate from --seed, so that seeds can be compared on one
    split."""
    k: tuple[int, ...] = (10, 20)
    """Lengths of the lists that are measured; by default no longer than there are items."""
    test_users: int | None = None
    """Measure a random sample of this many users of the test slice, drawn by --split-seed, and
    print standard errors; by default all users are measured."""
    select: str = "recall@20"
    """Validation metric that chooses the epoch and is plotted; by default at the longest of --k."""


@dataclasses.dataclass(frozen=True)
class RunOptions(SplitOptions, InputOptions):
    """Builds a model from a file of interactions, measures it and writes a run folder.

    With your own file:

    jaxrec train --data clicks.csv --user-column customer --item-column product
    """

    GROUP = RUN
    seed: MostUsed[int] = 0
    """Random seed of everything but the split."""
    fit_all: bool = False
    """For serving: after all is measured, train once more on all interactions, those of the
    validation and test slices included, for the number of epochs that was chosen. The run serves
    this model; the metrics in its report are those of the model before."""
    out: MostUsed[str | None] = None
    """Run folder to write; by default the first free runs/DATA-MODEL, runs/DATA-MODEL-2, ..."""


@dataclasses.dataclass(frozen=True)
class OptimizerOptions:
    """How parameters are learned."""

    GROUP = TRAINING
    batch_size: int = 2048
    """Interactions drawn per step; at most as many as there are."""
    learning_rate: float = 1e-3
    """Learning rate of Adam."""
    schedule: Literal["constant", "cosine"] = "constant"
    """Learning-rate schedule: constant, or cosine decay to 0 over --epochs."""
    l2: float = 1e-4
    """L2 regularization: weight of half the squared norm of the vectors of the users and candidates
    in a batch, summed and divided by the number of users. Weights of layers (ngcf, gcn, graphsage,
    gat, nia_gcn, bgcf) are not regularized."""
    epochs: MostUsed[int] = 1000
    """Maximum number of epochs; an epoch draws as many samples as there are training interactions,
    or --steps batches."""
    steps: int | None = None
    """Steps per epoch; by default as many as draw one sample per training interaction."""
    validate_every: int = 5
    """Validate every this many epochs, and after the last."""
    patience: int = 100
    """Stop after this many epochs without a better validation."""


@dataclasses.dataclass(frozen=True)
class TrainOptions(OptimizerOptions, RunOptions):
    """Trains a model on a file of interactions, measures it and writes a run folder.

    Without options: LightGCN on MovieLens-small (needs the extra 'demo'). With your own file:

    jaxrec train --data clicks.csv --user-column customer --item-column product
    """

    GROUP = RUN
    refit: bool = True
    """After the validation slice has chosen the epoch, train anew from the same seed for that many
    epochs on the training and validation interactions; this model is measured and serves. The
    values of --schedule and --curriculum in each epoch are those of the first training, and
    --schedule still ends at --epochs."""
    start_from: Annotated[str | None, TRAINING] = None
    """Run to start from: rows of ids that it knows begin as its trained ones, all others at random.
    It should not have seen what is held out here. Or a folder of jaxrec pretrain: all rows begin
    from the structure around them."""
    start_tables: Annotated[tuple[str, ...], TRAINING] = ()
    """Tables that --start-from reads, of user, item and entity; by default all of the same name and
    width. Name those whose ids mean the same in both runs."""
    devices: tuple[int, ...] = (1,)
    """One number splits the columns of the vectors over that many devices; three numbers split
    batches, rows of users and items, and columns. More in docs/devices.md."""
    resume: bool = False
    """Continue the run in --out from its last checkpoint; options that are not given are those of
    the run."""
