"""What loops over facts share, whatever library runs them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

RATE, N3 = 5e-3, 0.15
"""Of Adam, and the weight of the nuclear 3-norm."""


class Loop(NamedTuple):
    """A loop ready to be timed.

    Attributes:
      run: the next steps, the same questions each time; returns what JAX must wait for.
      read: the mean ``loss`` of the last run and the entities' ``table``.
      answers: that one run learns.
    """

    run: Callable[[], Any]
    read: Callable[[], dict[str, np.ndarray]]
    answers: int
