"""What models train on beside ranking, as the command line offers it."""

import math
from typing import Any

from jaxtyping import Array, Float

from jaxrec.base import Batch, InputError, Params
from jaxrec.models import norms
from jaxrec.models.bgcf import distance
from jaxrec.models.complex_kge import squares
from jaxrec.models.kgnn_ls import Form, smoothness
from jaxrec.models.mutualrec import friends_ranked
from jaxrec.models.ripplenet import known_facts, l2_memories
from jaxrec.models.simgcl import contrast
from jaxrec.train import l2_tables


def contrasted(contrast_weight: float = 0.5, contrast_temperature: float = 0.2) -> dict[str, Any]:
    """SimGCL's own term, weighted as in SELFRec.

    Args:
      contrast_weight: weight of the contrast of two noisy views beside the ranking loss.
      contrast_temperature: of the contrast's softmax over cosines; smaller looks at near rows.
    """
    check_weight("contrast-weight", contrast_weight)
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
    check_weight("distance-weight", distance_weight)
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
    check_weight("smooth-weight", smooth_weight)
    return shrunk(l2) | {"smooth": (smooth_weight, smoothness(smooth_form))}


def kept_true(l2: float = 1e-7, kge_weight: float = 0.01) -> dict[str, Any]:
    """RippleNet's own terms.

    Args:
      l2: weight of the squared norms, not halved, of heads, relations and tails of the facts that
        the batch's users remember, summed over users and not averaged.
      kge_weight: weight of the term that holds remembered facts true.
    """
    check_weight("kge-weight", kge_weight)
    return {"l2": (l2, l2_memories), "kge": (kge_weight, known_facts)}


def befriended(link_weight: float = 1.0) -> dict[str, Any]:
    """MutualRec's own term.

    Args:
      link_weight: weight of the ranking of friends beside that of items.
    """
    check_weight("link", link_weight)
    return {"friends": (link_weight, friends_ranked)}


def held_small(l2: float = 0.0, n3: float = 0.1) -> dict[str, Any]:
    """Norms of the vectors of facts.

    Args:
      l2: weight of a third of the squared norms of head, relation and tail of a fact.
      n3: weight of a third of the cubed numbers of head, relation and tail of a fact, summed: the
        nuclear 3-norm (Lacroix et al., 2018).
    """
    check_weight("n3", n3)
    return {"l2": (l2, norms(2.0)), "n3": (n3, norms(3.0))}


def held_small_as_complex(l2: float = 0.0, n3: float = 0.1) -> dict[str, Any]:
    """Norms of the vectors of facts, whose numbers are complex.

    Args:
      l2: weight of a third of the squared norms of head, relation and tail of a fact.
      n3: weight of a third of the cubed moduli of head, relation and tail of a fact, summed: the
        nuclear 3-norm (Lacroix et al., 2018).
    """
    check_weight("n3", n3)
    return {"l2": (l2, norms(2.0)), "n3": (n3, norms(3.0, squares))}


def check_weight(name: str, weight: float) -> None:
    """Refuses a weight that is no number of 0 or more.

    Raises:
      InputError: names the option ``--name`` and its value.
    """
    if not 0 <= weight < math.inf:
        raise InputError(f"--{name} is {weight}; give a number of 0 or more")
