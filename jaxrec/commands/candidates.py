"""From options to batches and what is asked of them: the candidates and the loss of training."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxrec.base import Batch, InputError, Key, Loss
from jaxrec.commands.training_options import TrainOptions
from jaxrec.graph import Csr
from jaxrec.losses import binary, bpr, hardest, max_margin, positive_first, softmax
from jaxrec.sampling import (
    by_interaction,
    by_user,
    every_item,
    in_batch,
    liked_mass,
    lists,
    popularity,
    shared,
    uniform_log_q,
    uniform_negatives,
    weighted,
    weighted_log_q,
    weighted_negatives,
)

POSITIVES = {"user": by_user, "interaction": by_interaction}
SHARED = ("in_batch", "shared", "all")
"""Laws whose candidates the whole batch shares."""


class Tables(NamedTuple):
    """What samplers read beside the key; None where a law has no use for it.

    Attributes:
      popularity: an alias table of items.
      liked: each user's share of it.
      share: the chance of each item to be drawn as a positive.
    """

    likes: Csr
    popularity: Any = None
    liked: Any = None
    share: Any = None


def tables(options: TrainOptions, likes: Csr, n_items: int) -> Tables:
    """What the chosen laws read, made once on the host."""
    found = Tables(likes)
    if options.candidates in ("popularity", "shared"):
        beta = options.popularity_power if options.candidates == "popularity" else 0.0
        found = found._replace(popularity=weighted(popularity(likes, n_items, beta)))
    if options.candidates == "popularity" and corrects(options):
        found = found._replace(liked=liked_mass(likes, found.popularity))
    if options.candidates in ("in_batch", "shared"):
        found = found._replace(share=POSITIVES[options.sampler].share(likes, n_items))
    return found


def corrects(options: TrainOptions) -> bool:
    """Whether scores are corrected for how candidates were drawn: softmax stands for all items."""
    return options.loss == "softmax"


def sampler(options: TrainOptions, n_items: int) -> Callable[[Key, Tables], Batch]:
    """What ``train.epoch`` draws with."""

    def sample(key: Key, tables: Tables) -> Batch:
        law = _law(options, tables)
        batch = law(key, tables.likes, n_items, options.batch_size, options.negatives)
        return batch if corrects(options) else batch._replace(log_q=None)

    return sample


def _law(options: TrainOptions, tables: Tables):
    positives, corrected = POSITIVES[options.sampler], corrects(options)
    if options.candidates == "all":
        return every_item(positives)
    if options.candidates == "in_batch":
        return in_batch(positives, tables.share)
    if options.candidates == "shared":
        return shared(positives, tables.share, tables.popularity)
    if options.candidates == "popularity":
        log_q = weighted_log_q(tables.popularity, tables.liked) if corrected else None
        return lists(positives, weighted_negatives(tables.popularity), log_q)
    return lists(positives, uniform_negatives, uniform_log_q if corrected else None)


def loss(options: TrainOptions) -> Loss:
    """The ranking loss that ``options`` name.

    Raises:
      InputError: options that do not go together.
    """
    named = {"bpr": bpr, "binary": binary, "softmax": softmax}
    chosen = max_margin(options.margin) if options.loss == "max_margin" else named[options.loss]
    if options.hardest is not None:
        if not 1 <= options.hardest <= options.negatives:
            raise InputError(
                f"--hardest is {options.hardest} of --negatives {options.negatives}; "
                f"give 1 to {options.negatives}"
            )
        if options.candidates in SHARED:
            raise InputError(
                f"--hardest picks from a list of the query's own, which --candidates "
                f"{options.candidates} does not draw; choose uniform or popularity"
            )
        if corrects(options):
            raise InputError(
                "--hardest keeps some candidates and --loss softmax lets all that were drawn stand "
                "for the catalogue; choose another --loss, or leave --hardest out"
            )
        chosen = hardest(chosen, options.hardest)
    if options.candidates in SHARED and options.loss in ("bpr", "max_margin"):
        chosen = positive_first(chosen)
    return chosen
