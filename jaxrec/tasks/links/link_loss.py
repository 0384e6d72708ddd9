"""From options to the loss on scores of a question's candidates."""

from functools import lru_cache
from typing import Any

from jaxrec.base import Loss
from jaxrec.losses import multinomial, self_adversarial, softmax


def link_loss(options: Any) -> Loss:
    """The loss that ``options`` name; one function for equal options.

    Raises:
      InputError: a margin or temperature out of range.
    """
    if options.loss == "self_adversarial":
        return _adversarial(options.margin, options.adversarial_temperature)
    # Where a question has all of its answers, it counts as often as it has answers.
    loss = multinomial if options.candidates == "all" else softmax
    return _of_squares(loss) if options.squared else loss


_adversarial = lru_cache(maxsize=16)(self_adversarial)


@lru_cache(maxsize=4)
def _of_squares(loss: Loss) -> Loss:
    return lambda scores, labels, where: loss(-(scores**2) / 2, labels, where)
