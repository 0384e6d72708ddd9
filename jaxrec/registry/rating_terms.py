"""What models of ratings train on beside squared error, as the command line offers it."""

from typing import Any

from jaxtyping import Array, Float

from jaxrec.base import Batch, Params
from jaxrec.models.biased_mf import ridge_biases, ridge_tables, ridge_vectors
from jaxrec.models.sr_hgnn_terms import friends_ranked, levels_ranked
from jaxrec.registry.terms import check_weight
from jaxrec.train import l2_rows


def ridged(l2: float = 10.0) -> dict[str, Any]:
    """Ridge regression: every user's and item's row counts once, however many ratings it has.

    Args:
      l2: weight of the squared norms of all vectors, not halved, beside the sum of squared errors
        over all ratings. Biases are weighed by the shrinkage that shrunken biases choose on a tenth
        of the training ratings.
    """
    return {"l2": (l2, ridge_vectors), "biases": (1.0, ridge_biases)}


def ridged_with_or_without_biases(l2: float = 10.0, biases: bool = True) -> dict[str, Any]:
    """The same, of a model that may have no biases.

    Args:
      l2: weight of the squared norms of all vectors, not halved, beside the sum of squared errors
        over all ratings. Biases are weighed by the shrinkage that shrunken biases choose on a tenth
        of the training ratings.
      biases: see the model's.
    """
    return ridged(l2) if biases else {"l2": (l2, ridge_tables)}


def centered_or_not(l2: float = 0.2, center: bool = False) -> dict[str, Any]:
    """L2 of the rows of a batch, which leaves biases to ridge regression where they are centered.

    Args:
      l2: weight of half the squared norm of the vectors of the users and items in a batch, summed
        and divided by its ratings; biases are among them but with --center.
      center: see the graph's.
    """
    if not center:
        return {"l2": (l2, l2_rows)}
    return {"l2": (l2, _l2_of_vectors), "biases": (1.0, ridge_biases)}


def _l2_of_vectors(params: Params, reps: Any, batch: Batch) -> Float[Array, ""]:
    return l2_rows({name: params[name][:, :-1] for name in ("user", "item")}, reps, batch)


def on_levels(
    l2: float = 10.0, biases: bool = True, cross_weight: float = 0.1, social_weight: float = 0.05
) -> dict[str, Any]:
    """SR-HGNN's own terms, beside ridge regression.

    Args:
      l2: weight of the squared norms of all vectors, not halved, beside the sum of squared errors
        over all ratings. Biases are weighed by the shrinkage that shrunken biases choose on a tenth
        of the training ratings.
      biases: see the model's.
      cross_weight: weight of the ranking of a rating's level above others of the item; 0 is off.
      social_weight: weight of the ranking of friends above others; 0 is off, as is the default of
        the reference code, whose README has 0.05.
    """
    check_weight("cross", cross_weight)
    check_weight("social", social_weight)
    found = {"levels": (cross_weight, levels_ranked), "friends": (social_weight, friends_ranked)}
    own = {name: term for name, term in found.items() if term[0]}
    return ridged_with_or_without_biases(l2, biases) | own
