"""What entities see of a knowledge graph: trees of fixed width, and what comes up from leaves."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.graph import NeighborTable
from jaxrec.ops.masked import masked_softmax


class ReceptiveField(NamedTuple):
    """A tree below each of n entities, level by level, an axis of K a level.

    Attributes:
      entity: ``[*n]``, ``[*n, K]``, ``[*n, K, K]``, ...; an entity may stand in many places.
      relation, mask: of the facts below each level, one level fewer.
    """

    entity: tuple[Int[Array, "..."], ...]
    relation: tuple[Int[Array, "..."], ...]
    mask: tuple[Bool[Array, "..."], ...]


def receptive_field(
    related: NeighborTable, entity: Int[Array, "*n"], n_levels: int
) -> ReceptiveField:
    """The entities within ``n_levels`` facts of each; ``K ** n_levels`` places in the last level.

    Wang et al., KGCN, WWW 2019, https://arxiv.org/abs/1904.12575, algorithm 1.
    """
    levels, relation, mask = [entity], [], []
    for _ in range(n_levels):
        relation.append(jnp.asarray(related.relation)[levels[-1]])
        mask.append(jnp.asarray(related.mask)[levels[-1]])
        levels.append(jnp.asarray(related.entity)[levels[-1]])
    return ReceptiveField(tuple(levels), tuple(relation), tuple(mask))


def relation_attention(
    score: Float[Array, "R"], seen: ReceptiveField, divide: bool = False
) -> list[Float[Array, "..."]]:
    """The weight of every fact below each level: the softmax of its relation's score.

    Args:
      divide: by the number of facts, as where a mean is taken of what the softmax has weighted.
    """
    levels = zip(seen.relation, seen.mask, strict=True)
    return [weights(score[relation], mask, divide) for relation, mask in levels]


def weights(
    score: Float[Array, "*n K"], mask: Bool[Array, "*n K"], divide: bool = False
) -> Float[Array, "*n K"]:
    """The same of one level."""
    weight = masked_softmax(score, mask)
    n_facts = jnp.maximum(jnp.sum(mask, axis=-1, keepdims=True), 1)
    return weight / n_facts if divide else weight


def held_out_labels(
    label: Sequence[Float[Array, "..."]],
    fixed: Sequence[Bool[Array, "..."]],
    weight: Sequence[Float[Array, "..."]],
    mask: Sequence[Bool[Array, "..."]],
) -> Float[Array, "*n"]:
    """What labels come up a tree: a round a level of ``l <- sum_k w_k l_k`` where not fixed.

    After n rounds the root has what n rounds ``l <- W l`` over the whole graph would give it, the
    fixed labels set again after each; as n grows, the harmonic function ``l_i = sum_j w_ij l_j``
    between them. A place without facts keeps its label.

    Wang et al., KGNN-LS, KDD 2019, https://arxiv.org/abs/1905.04413; Zhu et al.,
    Semi-supervised learning using Gaussian fields, ICML 2003.

    Args:
      label, fixed: of every level.
      weight, mask: of the facts below each level, one level fewer.
    """
    levels = list(label)
    for n_levels in range(len(levels) - 1, 0, -1):
        for level in range(n_levels):
            below = jnp.sum(weight[level] * levels[level + 1], axis=-1)
            free = ~fixed[level] & jnp.any(mask[level], axis=-1)
            levels[level] = jnp.where(free, below, levels[level])
    return levels[0]
