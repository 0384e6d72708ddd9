"""Correct and smooth: known labels, spread over the graph, repair what a model says of others.

Huang et al., Combining Label Propagation and Simple Models Out-performs Graph Neural Networks,
ICLR 2021, https://arxiv.org/abs/2010.13993
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError
from jaxrec.ops import Graph, propagate


def correct_and_smooth(
    share: Float[Array, "N C"],
    graph: Graph,
    known: Int[Array, "n"],
    label: Int[Array, "n"],
    alpha_correct: float = 0.8,
    alpha_smooth: float = 0.8,
    scale: float | None = None,
    n_iterations: int = 50,
) -> Float[Array, "N C"]:
    """Corrects the class probabilities of all nodes, and smooths them; the largest is the answer.

    Correct: the errors of known nodes, true less predicted, and zeros elsewhere, are spread by
    ``E <- (1 - a) E_0 + a S E`` and added: each node's scaled to the mean size of the known errors
    (the paper's autoscale), or all by ``scale``, the known errors held fixed in every step (its
    FDiff-scale, with ``alpha_correct`` 1 and weights of ``r=1.0``). Smooth: known nodes are set to
    their labels, and ``G <- (1 - a) G_0 + a S G``. Rows are no probabilities any more. Cost:
    ``2 n_iterations`` propagations of C columns.

    Args:
      share: probabilities of classes that a model gives, such as a softmax of logits.
      graph: symmetric weights S, ``graph.homogeneous(...)`` or its ``ops.prepare`` form.
      known: nodes whose labels are known: those of training, and of validation where nothing more
        is chosen on it.
      label: class of each.
      alpha_correct: weight a of the neighbors where errors are spread.
      alpha_smooth: weight a of the neighbors where predictions are smoothed.
      scale: factor of the spread errors; None is autoscale.
      n_iterations: steps of each.

    Raises:
      InputError: a weight of the neighbors not between 0 and 1.
    """
    for name, alpha in (("alpha_correct", alpha_correct), ("alpha_smooth", alpha_smooth)):
        if not 0 <= alpha <= 1:
            raise InputError(f"{name} is {alpha}; give 0 to 1, the weight of the neighbors")
    true = jax.nn.one_hot(label, share.shape[1], dtype=share.dtype)
    error = jnp.zeros_like(share).at[known].set(true - share[known])
    if scale is None:
        spread = _spread(error, graph, alpha_correct, n_iterations)
        size = jnp.sum(jnp.abs(error)) / max(len(known), 1)  # A known node's, in the mean.
        own = jnp.sum(jnp.abs(spread), axis=1, keepdims=True)
        # Nodes that no error reached have none to add.
        spread = jnp.where(own > 0, size / jnp.where(own > 0, own, 1), 0) * spread
        corrected = share + spread
    else:
        hold = lambda table: table.at[known].set(error[known])
        spread = _spread(error, graph, alpha_correct, n_iterations, hold)
        corrected = share + scale * spread
    return _spread(corrected.at[known].set(true), graph, alpha_smooth, n_iterations)


def _spread(first, graph: Graph, alpha: float, n_iterations: int, hold=lambda table: table):
    def step(table, _):
        return hold((1 - alpha) * first + alpha * propagate(table, graph)), None

    return jax.lax.scan(step, first, None, length=n_iterations)[0]
