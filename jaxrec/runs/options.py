"""Options of train, tune and launch; field docstrings are the help."""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class DataOptions:
    """Where interactions come from and which of them count."""

    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    user_column: str | None = None
    """Column of user ids; guessed when not given, as are the next four."""
    item_column: str | None = None
    """Column of item ids."""
    rating_column: str | None = None
    """Column of ratings or weights."""
    time_column: str | None = None
    """Column of times: numbers of one unit since 1970, or dates; UTC where no zone is named."""
    title_column: str | None = None
    """Column of item titles; one called title or name is taken if it goes with the item alone."""
    header: bool = True
    """Whether the file's first line names its columns; without it they are 1, 2, 3, 4."""
    min_rating: float | None = None
    """Drop interactions rated lower; by default all count (movielens-small: 4,
    book-crossing-kg: 1), but of labels 0 and 1 only the ones. Needed where ratings go down to 0 or
    below; 0 keeps all that are not negative."""
    low_rated: Literal["hide", "show"] = "hide"
    """Whether an item that a user rated below --min-rating is one they know: 'hide' leaves it out
    of their lists and of the ranking that is measured, 'show' lets it be recommended again."""
    k_core: int | None = None
    """Drop users and items with fewer interactions, until none is left (movielens-small: 5)."""
    repeats: Literal["drop", "keep"] = "drop"
    """Whether taking an item again counts; 'keep' also lets seen items be recommended."""


@dataclasses.dataclass(frozen=True)
class RunOptions(DataOptions):
    """Builds a model from a file of interactions, measures it and writes a run folder.

    With your own file:
    jaxrec train --data clicks.csv --user-column customer --item-column product
    """

    data: str = "movielens-small"
    """A CSV, TSV, Parquet or JSON lines (.jsonl) file, a folder with train.txt and test.txt, or a
    data set's name."""
    split: Literal["auto", "random", "rows", "latest", "leave_one_out", "time", "given"] = "auto"
    """How the test slice is taken: a share of every user's interactions ('random', or their
    'latest', by time or place in the file), each user's last one ('leave_one_out'), the newest
    overall ('time'), or the data's own ('given'). 'auto' is given if there is one, or else latest
    if times are known, or else random."""
    test_fraction: float = 0.2
    """Share of interactions tested on (random, latest, time)."""
    valid_fraction: float = 0.1
    """Share of the training interactions held out to choose the epoch; 0 chooses the last, and is
    the default of models that are not trained. A folder's valid.txt is used whole, or learned from
    at 0."""
    valid: Literal["auto", "random", "latest"] = "auto"
    """How the validation slice is taken; 'auto' as the test slice, or random if that is given."""
    split_seed: int = 0
    """Seed of the random split; apart from --seed so that seeds can be compared on one split."""
    model: str = "lightgcn"
    """One of those that jaxrec models lists; --model NAME --help shows each one's options."""
    k: tuple[int, ...] = (10, 20)
    """Lengths of the lists that are measured."""
    test_users: int | None = None
    """Measure a random sample of so many users of the test slice, drawn by --split-seed, and print
    standard errors; by default all users are measured."""
    select: str = "recall@20"
    """Validation metric that chooses the epoch and is drawn."""
    seed: int = 0
    """Seed of all that is random but the split."""
    fit_all: bool = False
    """After all is measured, learn once more from every interaction, those of the validation and
    the test slice among them, for as many epochs as were chosen: for serving. The run answers from
    that; the numbers of its report are of the model before."""
    out: str | None = None
    """Run folder to write; by default the first free runs/DATA-MODEL, runs/DATA-MODEL-2, ..."""


@dataclasses.dataclass(frozen=True)
class TrainOptions(RunOptions):
    """Trains a model on a file of interactions, measures it and writes a run folder.

    Without options: LightGCN on MovieLens-small (needs the extra 'demo'). With your own file:
    jaxrec train --data clicks.csv --user-column customer --item-column product
    """

    loss: Literal["bpr", "binary", "max_margin", "softmax"] = "bpr"
    """Pairwise ranking, binary cross-entropy, pairs apart by --margin, or softmax over all items,
    sampled: candidates stand for the catalogue by how likely they were to be drawn."""
    margin: float = 1.0
    """By how much max_margin wants the positive above each negative."""
    temperature: float | None = None
    """Score by cosine over this number, in training and after; by default by inner product."""
    prior: float = 0.0
    """What popularity adds to an item's score when it is recommended: so many times the logarithm
    of its share of the interactions. Learning goes on without."""
    sampler: Literal["user", "interaction"] = "user"
    """What is drawn uniformly: users (as the published numbers), or interactions."""
    candidates: Literal["uniform", "popularity", "band", "in_batch", "shared", "all"] = "uniform"
    """Negatives: each query's own, uniform, by popularity or from --band; the batch's other
    positives ('in_batch'), these and uniform ones that the whole batch shares, or all others."""
    popularity_power: float = 0.75
    """Candidates by popularity are drawn by the number of their users to this power."""
    log_q: float = 1.0
    """Share of the softmax's correction for how often candidates are drawn: 1 estimates the softmax
    over all items, 0 learns what is liked beyond its popularity, for --prior to add."""
    band: tuple[int, int] = (2000, 5000)
    """Candidates of a band are hard: items of these ranks, from 0, by personalised PageRank from
    the user (restart probability 0.15, damping factor 0.85), the second not among them; the user's
    own are ranked, too. The default is PinSage's, for catalogues that are large."""
    curriculum: int | None = None
    """Draw uniformly but for so many of --negatives, which come from --band one by one: none in
    the first epoch, n - 1 in epoch n; by default all come from there."""
    negatives: int = 1
    """Items without interaction drawn for each one with; with 'shared', for the whole batch."""
    hardest: int | None = None
    """Learn only from so many negatives, those scored highest; by default from all."""
    batch_size: int = 2048
    """Interactions that a step draws; at most as many as there are."""
    learning_rate: float = 1e-3
    """Step size of Adam."""
    schedule: Literal["constant", "cosine"] = "constant"
    """How the step size goes on: as it is, or down to nothing at --epochs by half a cosine."""
    l2: float = 1e-4
    """Weight of half the squared norm of the rows of tables that a batch reads, of its users and
    candidates, summed and divided by the number of users. Weights of layers (ngcf, gcn, graphsage,
    gat, nia_gcn, bgcf) are not regularised."""
    start: Literal["normal", "spectral"] = "normal"
    """How vectors of users and items begin: random, or as singular vectors of the data."""
    epochs: int = 1000
    """Most epochs; each draws as many samples as there are training interactions, or --steps
    batches."""
    steps: int | None = None
    """Steps an epoch; by default one pass, so many samples as training interactions."""
    validate_every: int = 5
    """Epochs from one validation to the next; the last epoch is validated, too."""
    patience: int = 100
    """Stop after so many epochs without a better validation."""
    refit: bool = True
    """Once the validation slice has chosen the epoch, train anew from the same seed for so many
    epochs on training and validation interactions, and measure and answer from that. --schedule
    and --curriculum do in every epoch what they did before; --schedule still ends at --epochs."""
    devices: tuple[int, ...] = (1,)
    """One number splits the vectors' columns over so many devices; three numbers split batches,
    rows of users and items, and columns. More in docs/devices.md."""
    resume: bool = False
    """Go on with the run in --out where its last checkpoint left it, with its own options."""
