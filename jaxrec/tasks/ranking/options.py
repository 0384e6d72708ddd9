"""Options of training a ranking; field docstrings are the help."""

import dataclasses
from typing import Literal

from jaxrec.tasks.option_groups import LOSS


@dataclasses.dataclass(frozen=True)
class RankingOptions:
    """What is learned from: the loss, and how positives and negatives are drawn."""

    GROUP = LOSS
    loss: Literal["bpr", "binary", "balanced_binary", "max_margin", "softmax"] = "bpr"
    """Pairwise ranking, binary cross-entropy, the same with positives and negatives averaged apart,
    hinge with --margin, or softmax over all items, which is estimated from the candidates by how
    likely each was to be drawn."""
    margin: float = 1.0
    """By how much max_margin wants the positive to score above each negative."""
    temperature: float | None = None
    """Score by cosine similarity divided by this number, in training and in serving; by default
    the score is the inner product."""
    prior: float = 0.0
    """Weight of log-popularity (the logarithm of an item's share of the interactions) added to
    scores when items are recommended; not used in training."""
    sampler: Literal["user", "interaction"] = "user"
    """What is drawn uniformly: users (as in the published numbers), or interactions."""
    candidates: Literal["uniform", "popularity", "band", "in_batch", "shared", "all"] = "uniform"
    """Where negatives come from: drawn for each positive uniformly, by popularity or from --band;
    the other positives of the batch ('in_batch'); these and uniform ones that the whole batch
    shares ('shared'); or all other items."""
    popularity_power: float = 0.75
    """Negatives by popularity are drawn by the number of their users to this power."""
    log_q: float = 1.0
    """Share of the correction that softmax makes for how often candidates are drawn: 1 estimates
    the softmax over all items, 0 learns what is liked beyond its popularity, which --prior can
    add."""
    band: tuple[int, int] = (2000, 5000)
    """Hard negatives: items of these ranks (from 0, the second excluded) by personalized PageRank
    from the user (restart probability 0.15, damping factor 0.85); the user's own items are ranked,
    too. The default is that of PinSage, for large catalogues."""
    curriculum: int | None = None
    """This many of the --negatives come from --band, let in one per epoch (n - 1 in epoch n), and
    the others are uniform; by default all come from --band."""
    negatives: int = 1
    """Negatives per positive; with 'shared', negatives per batch."""
    hardest: int | None = None
    """Learn only from this many negatives, those with the highest scores; by default from all."""
    start: Literal["normal", "spectral"] = "normal"
    """How the vectors of users and items are initialized: at random, or by the singular vectors of
    the data."""
