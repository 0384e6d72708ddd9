"""What models train on beside ranking, as the command line offers it."""

import math
from typing import Any

from jaxtyping import Array, Float

from jaxrec.base import Batch, InputError, Params
from jaxrec.models import norms
from jaxrec.models.bgcf import distance
from jaxrec.models.biased_mf import ridge_biases, ridge_tables, ridge_vectors
from jaxrec.models.complex_kge import squares
from jaxrec.models.kgnn_ls import Form, smoothness
from jaxrec.models.mutualrec import friends_ranked
from jaxrec.models.ripplenet import known_facts, l2_memories
from jaxrec.models.simgcl import contrast
from jaxrec.models.sr_hgnn_terms import friends_ranked as users_ranked, levels_ranked
from jaxrec.train import l2_tables


def contrasted(contrast_weight: float = 0.5, contrast_temperature: float = 0.2) -> dict[str, Any]:
    """SimGCL's own term, weighted as in SELFRec.

    Args:
      contrast_weight: weight of the contrast of two noisy views beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    _check_weight("contrast-weight", contrast_weight)
    if not 0 < contrast_temperature < math.inf:
        raise InputError(
            f"--contrast-temperature is {contrast_temperature}; give a number above 0, such as 0.2"
        )
    return {"contrast": (contrast_weight, contrast(contrast_temperature))}


def contrasted_across(
    contrast_weight: float = 0.2, contrast_temperature: float = 0.15
) -> dict[str, Any]:
    """The same of XSimGCL.

    Args:
      contrast_weight: weight of the contrast of two layers beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    return contrasted(contrast_weight, contrast_temperature)


def held_together(distance_weight: float = 0.002) -> dict[str, Any]:
    """BGCF's own term.

    Args:
      distance_weight: weight of the squared distance between similar nodes.
    """
    _check_weight("distance-weight", distance_weight)
    return {"distance": (distance_weight, distance)}


def shrunk(l2: float = 1e-4) -> dict[str, Any]:
    """L2 on all parameters.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        are left out.
    """
    return {"l2": (l2, l2_tables)}


def decayed(l2: float = 0.0) -> dict[str, Any]:
    """L2 on all parameters, none by default.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        are left out. The paper has none.
    """
    return shrunk(l2)


def decayed_lightly(l2: float = 1e-5) -> dict[str, Any]:
    """L2 on all parameters, as light as models of sessions have it.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        are left out.
    """
    return shrunk(l2)


def decayed_strongly(l2: float = 5e-3) -> dict[str, Any]:
    """L2 on all parameters, as strong as GNewsRec has it.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        are left out.
    """
    return shrunk(l2)


def decayed_but_facts(l2: float = 1e-5) -> dict[str, Any]:
    """L2 on all parameters but the vectors of facts, which are not trained.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        and the vectors of facts are left out.
    """
    return {"l2": (l2, _l2_but_facts)}


def _l2_but_facts(params: Params, reps: Any, batch: Batch) -> Float[Array, ""]:
    return l2_tables({n: table for n, table in params.items() if n != "facts"}, reps, batch)


def smoothed(
    l2: float = 1e-4, smooth_weight: float = 0.1, smooth_form: Form = "paper"
) -> dict[str, Any]:
    """The same, and the labels of others.

    Args:
      l2: weight of half the squared norm of all tables and matrices, whatever the batch; biases
        are left out.
      smooth_weight: weight of the label smoothness beside the loss of scores; 0 is kgcn.
      smooth_form: what is predicted of a label is a probability (paper), or divided by the number
        of neighbors at each step and taken as a logit (reference).
    """
    _check_weight("smooth-weight", smooth_weight)
    return shrunk(l2) | {"smooth": (smooth_weight, smoothness(smooth_form))}


def kept_true(l2: float = 1e-7, kge_weight: float = 0.01) -> dict[str, Any]:
    """RippleNet's own terms.

    Args:
      l2: weight of the squared norms, not halved, of heads, relations and tails of the facts that
        the batch's users remember, summed over users and not averaged.
      kge_weight: weight of the term that holds remembered facts true.
    """
    _check_weight("kge-weight", kge_weight)
    return {"l2": (l2, l2_memories), "kge": (kge_weight, known_facts)}


def befriended(link_weight: float = 1.0) -> dict[str, Any]:
    """MutualRec's own term.

    Args:
      link_weight: weight of the ranking of friends beside that of items.
    """
    _check_weight("link", link_weight)
    return {"friends": (link_weight, friends_ranked)}


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
    _check_weight("cross", cross_weight)
    _check_weight("social", social_weight)
    found = {"levels": (cross_weight, levels_ranked), "friends": (social_weight, users_ranked)}
    own = {name: term for name, term in found.items() if term[0]}
    return ridged_with_or_without_biases(l2, biases) | own


def held_small(l2: float = 0.0, n3: float = 0.1) -> dict[str, Any]:
    """Norms of the vectors of facts.

    Args:
      l2: weight of a third of the squared norms of head, relation and tail of a fact.
      n3: weight of a third of the cubed numbers of head, relation and tail of a fact, summed: the
        nuclear 3-norm (Lacroix et al., 2018).
    """
    _check_weight("n3", n3)
    return {"l2": (l2, norms(2.0)), "n3": (n3, norms(3.0))}


def held_small_as_complex(l2: float = 0.0, n3: float = 0.1) -> dict[str, Any]:
    """Norms of the vectors of facts, whose numbers are complex.

    Args:
      l2: weight of a third of the squared norms of head, relation and tail of a fact.
      n3: weight of a third of the cubed moduli of head, relation and tail of a fact, summed: the
        nuclear 3-norm (Lacroix et al., 2018).
    """
    _check_weight("n3", n3)
    return {"l2": (l2, norms(2.0)), "n3": (n3, norms(3.0, squares))}


def _check_weight(name: str, weight: float) -> None:
    if not 0 <= weight < math.inf:
        raise InputError(f"--{name} is {weight}; give a number of 0 or more")
