"""From options to the ranking loss of training."""

from typing import Any

from jaxrec.base import InputError, Loss
from jaxrec.losses import (
    balanced_binary_cross_entropy,
    binary_cross_entropy,
    bpr,
    keep_hardest_negatives,
    max_margin,
    positive_first,
    softmax,
)
from jaxrec.tasks.ranking.candidates import SHARED, corrects


def rank_loss(options: Any) -> Loss:
    """The ranking loss that ``options`` name.

    Raises:
      InputError: options that do not go together.
    """
    named = {"bpr": bpr, "binary": binary_cross_entropy, "softmax": softmax}
    named |= {"balanced_binary": balanced_binary_cross_entropy}
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
                f"{options.candidates} does not draw; choose uniform, popularity or band"
            )
        if corrects(options):
            raise InputError(
                "--hardest keeps some candidates and --loss softmax lets all that were drawn stand "
                "for the catalogue; choose another --loss, or leave --hardest out"
            )
        chosen = keep_hardest_negatives(chosen, options.hardest)
    if options.candidates in SHARED and options.loss in ("bpr", "max_margin"):
        chosen = positive_first(chosen)
    return chosen
