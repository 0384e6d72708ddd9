"""Options of evaluate, compare, report, models and inspect; field docstrings are the help."""

import dataclasses

from tyro.conf import Positional

from jaxrec.runs.options import DataOptions
from jaxrec.tasks.option_groups import ESTIMATES, MostUsed


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Measures a trained run again on its validation and test slices, beside the baselines."""

    run: Positional[str]
    """Run folder."""
    k: tuple[int, ...] = ()
    """Lengths of the lists that are measured; by default those of the run."""
    test_users: int | None = None
    """Measure a random sample of this many users of each slice, drawn by the run's --split-seed,
    and print standard errors; by default all users are measured."""


@dataclasses.dataclass(frozen=True)
class CompareOptions:
    """Says whether trained runs differ, by the metrics of the users that all were tested on.

    Three paired tests, each Holm-corrected over all runs and metrics named: a difference counts
    when all three find it. They speak of users, not of training: further seeds need further runs.

    jaxrec compare runs/a runs/b --metric recall@20 ndcg@20
    """

    runs: Positional[tuple[str, ...]]
    """Run folders, measured on the same test slice; the others are compared with the first."""
    reference: str | None = None
    """Run folder to compare with instead."""
    metric: tuple[str, ...] = ()
    """What to compare, such as recall@20; by default what chose the reference's epoch."""
    groups: int = 4
    """Also show groups of about equally many users, by their number of training interactions;
    0 shows none. Nodes have no groups."""
    alpha: float = 0.05
    """Chance of finding any difference where there is none; intervals cover 1 - alpha."""
    seed: int = 0
    """Seed of the permutation test and the bootstrap."""
    out: str | None = None
    """File to write the numbers to as well: .csv, .parquet or .jsonl."""


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """Writes one HTML page on trained runs, several side by side; it needs no network to be viewed.

    The page has curves of training, metrics beside baselines, recall by activity of users and by
    popularity of items, coverage, examples of lists, leak checks, and how to repeat each run.

    jaxrec report runs/a runs/b --out report.html
    """

    runs: Positional[tuple[str, ...]]
    """Run folders."""
    out: str = "report.html"
    """File to write, ending in .html; an earlier page there is replaced."""


@dataclasses.dataclass(frozen=True)
class ModelsOptions:
    """Lists the models, each with what it needs, a line on what it is, and its paper."""


@dataclasses.dataclass(frozen=True)
class InspectOptions(DataOptions):
    """Shows what is in the data, and what training on it is estimated to cost on this machine."""

    GROUP = ESTIMATES
    data: MostUsed[Positional[str]] = "movielens-small"
    """A CSV, TSV, Parquet or JSON lines (.jsonl) file, a folder with train.txt and test.txt, or the
    name of a data set."""
    model: MostUsed[str] = "lightgcn"
    """Model whose memory and time are estimated; --model NAME --help shows the options of that
    model."""
    task: MostUsed[str] = "ranking"
    """What the model is asked: jaxrec models lists the tasks of each."""
    forecast: bool = True
    """Estimate time and memory from stored measurements; nothing is compiled."""
    measure: bool = False
    """Also compile and time a few training steps of each formulation: a minute on small data, many
    on large."""
    epochs: int = 1000
    """Maximum number of epochs, for the time of all."""
    batch_size: int = 2048
    """Interactions drawn per step; at most as many as there are."""
