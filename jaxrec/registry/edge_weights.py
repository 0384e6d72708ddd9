"""What an interaction weighs in the graphs that models propagate over."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from jaxrec.base import InputError
from jaxrec.registry.source import Source

EdgeWeight = Literal["one", "rating"]


def weights_of(source: Source, edge_weight: EdgeWeight) -> Float[np.ndarray, "n"] | None:
    """Weights of the training interactions, None for ones.

    Raises:
      InputError: ratings that the data lack, or that are not above 0.
    """
    if edge_weight == "one":
        return None
    rating = source.train.rating
    if rating is None:
        raise InputError(
            "--edge-weight rating needs ratings, and the data have none; name their column with "
            "--rating-column, or leave it out"
        )
    if not (rating > 0).all():
        raise InputError(
            f"--edge-weight rating: a rating is {rating.min():g}; weights are above 0, leave it out"
        )
    return rating
