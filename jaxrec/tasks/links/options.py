"""Options of learning links; field docstrings are the help."""

import dataclasses
from typing import Annotated, Literal

import tyro

from jaxrec.tasks.option_groups import LOSS, SPLIT, TRAINING


@dataclasses.dataclass(frozen=True)
class LinkOptions:
    """What is learned from facts, and among whom an answer is sought."""

    GROUP = LOSS
    loss: Literal["softmax", "self_adversarial"] = "softmax"
    """Softmax over the candidates, in which every true answer counts the same; or negative sampling
    with --margin, where negatives count by a softmax of their own scores (RotatE)."""
    squared: bool = False
    """Softmax of minus half the squares of scores that are distances; their order is the same."""
    margin: float = 6.0
    """Distance within which facts lie, of --loss self_adversarial."""
    adversarial_temperature: float = 0.5
    """How much higher scores raise the weight of a negative, of --loss self_adversarial; 0 weighs
    all alike."""
    candidates: Literal["all", "shared"] = "all"
    """Whom an answer must beat: all entities at once, each question with all of its answers; or
    the answers of the batch and --negatives, which a batch shares: for many entities."""
    negatives: int = 1024
    """Entities drawn uniformly for each batch of --candidates shared."""
    optimizer: Annotated[Literal["auto", "adam", "row_adagrad"], TRAINING] = "auto"
    """Adam, or Adagrad with one number per row, for large tables; 'auto' is the one of the model's
    paper."""
    valid_facts: Annotated[int | None, SPLIT] = None
    """Choose the epoch on a random sample of this many validation facts; by default on all."""


@dataclasses.dataclass(frozen=True)
class RunOfLinks:
    """Trains a model on facts, measures it and writes a run folder.

    With a file of yours, of head, relation and tail:

    jaxrec train --model complex --facts triples.tsv
    """

    data: Annotated[str, tyro.conf.arg(aliases=["--facts"])] = "movielens-small"
    """A file of triples head, relation and tail (text, Parquet or JSON lines), or of links in two
    columns; a folder of files of triples with a split of its own, the name of a known graph
    (fb15k-237, wn18rr, ...), or a data set whose --relations are read."""
    split: Literal["auto", "rows", "given"] = "auto"
    """How the test slice is chosen: a random share of all facts ('rows'), or the split of the data
    ('given'). 'auto' is given if there is one."""
    test_fraction: float = 0.2
    """Share of facts in the test slice (rows)."""
    valid_fraction: float = 0.1
    """Share of the training facts held out to choose the epoch; 0 chooses the last. A split of the
    data that has a validation slice is used whole, or learned from at 0."""
    valid: Annotated[Literal["auto"], tyro.conf.Suppress] = "auto"
    """How the validation slice is chosen: at random, unless the data have one."""
    k: tuple[int, ...] = (1, 3, 10)
    """Places within which hits are counted."""
    test_users: int | None = None
    """Measure a random sample of this many facts of the test slice, drawn by --split-seed, and
    print standard errors; by default all facts are measured."""
    batch_size: int = 256
    """Questions per step: a fact without its head or without its tail; of node2vec, walks."""
    learning_rate: float = 5e-3
    """Learning rate of the optimizer."""
    epochs: int = 100
    """Maximum number of epochs; an epoch asks every question once or, with --candidates shared, as
    many as there are training facts."""
    steps: int | None = None
    """Steps per epoch, of --candidates shared; by default as many as draw one question per training
    fact."""
    patience: int = 20
    """Stop after this many epochs without a better validation."""
