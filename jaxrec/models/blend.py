"""Blend: several models as one, each speaking as loud as it is told to.

A weighted sum of standardized scores, CombSUM of Fox and Shaw, TREC-2 1994, with the weights of
Vogt and Cottrell, Fusion via a linear combination of scores, Information Retrieval 1999.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.ops import keys_of


def blend(models: Sequence[Model], weights: Sequence[float], n_items: int) -> Model:
    """Builds ``s = sum_m w_m s_m / std(s_m)``, the deviation over all items, query by query.

    Standardized, because one model's cosines and another's sums of weights have no unit in common;
    a mean is the same for all items of a query and is left alone.

    Graph: a tuple of the models' graphs. Representations are a tuple, too, so that parts trained
    alone can be put together: ``(reps_0, reps_1)``. Cost: every model's, and scores of the whole
    catalogue whatever candidates are asked for.

    Raises:
      InputError: no model, or not one finite weight a model.
    """
    if not models or len(models) != len(weights):
        raise InputError(f"{len(weights)} weights for {len(models)} models; give one each")
    for weight in weights:
        if not math.isfinite(weight):
            raise InputError(f"a weight is {weight}; give finite numbers")
    scorers = [model.score for model in models]
    folds = [model.fold_in for model in models]

    def init(key: Key) -> Params:
        keys = enumerate(jax.random.split(key, len(models)))
        return {str(n): models[n].init(key_model) for n, key_model in keys}

    def encode(params: Params, graph: Sequence[Any], *, key: Key | None = None) -> tuple[Any, ...]:
        parts = enumerate(zip(models, graph, keys_of(key, len(models)), strict=True))
        return tuple(
            model.encode(params[str(n)], read, key=key_model)
            for n, (model, read, key_model) in parts
        )

    def score(
        reps: tuple[Any, ...],
        queries: Int[Array, "B"],
        items: Int[Array, "C"] | Int[Array, "B C"],
    ) -> Float[Array, "B C"]:
        total = jnp.zeros((queries.shape[0], n_items))
        for scorer, each, weight in zip(scorers, reps, weights, strict=True):
            scores = scorer(each, queries, jnp.arange(n_items))
            square = jnp.var(scores, axis=1, keepdims=True)
            # Chosen before the root, for the gradient of a root at zero is infinite.
            total += weight * scores / jnp.sqrt(jnp.where(square > 0, square, 1))
        return total[:, items] if items.ndim == 1 else jnp.take_along_axis(total, items, axis=1)

    def fold_in(reps: tuple[Any, ...], likes: Any) -> tuple[Any, ...]:
        return tuple(fold(each, likes) for fold, each in zip(folds, reps, strict=True) if fold)

    return Model(init, encode, score, fold_in if all(folds) else None)
