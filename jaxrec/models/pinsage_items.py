"""PinSage over the items of a data set: convolutions over the items that random walks visit most.

Ying et al., Graph Convolutional Neural Networks for Web-Scale Recommender Systems, KDD 2018,
https://arxiv.org/abs/1806.01973
"""

from functools import lru_cache
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.graph import Featured
from jaxrec.models.pinsage import combine, head, layers, pinsage, project
from jaxrec.nn import importance_pooling, max_pooling, mean_pooling
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling.hops import Hops

BLOCK = 4096
"""Items computed at a time; neighbors' rows are gathered for so many."""
POOLS = {"importance": importance_pooling, "mean": mean_pooling, "max": max_pooling}

PoolName = Literal["importance", "mean", "max"]


def pinsage_items(
    graph: Featured,
    n_users: int,
    n_items: int,
    dim: int = 64,
    hidden_dim: int = 64,
    n_layers: int = 2,
    pool: PoolName = "importance",
) -> Model:
    """Builds ``pinsage`` for items with features, or, without any, with a learned vector each.

    Graph: ``Featured(feature, Important)``: the features of all items ``[I, F]``, or their rows
    ``[I, 1]`` as integers where each has a learned vector, and the neighbors of all. In training
    ``encode`` reads ``sampling.hops.Hops`` of a batch in its place (``train.on_hops``). All items
    are encoded layer by layer in blocks of ``BLOCK``, so that nothing is computed twice:
    ``I (F m + T m + (F + m) d)`` multiply-adds a layer. Queries and items are items alike.

    Args:
      dim: width of each layer's output and of an item's vector; 1,024 in the paper.
      hidden_dim: width of what neighbors are projected to; 2,048 in the paper.
      n_layers: convolutions; 0 reads the item's own features alone.
      pool: how neighbors become one row: their sum by the share of visits (importance), their
        mean, or the largest entries (max).

    Raises:
      InputError: a pool of another name, ``hidden_dim`` below 1 or ``n_layers`` below 0.
    """
    del n_users  # Items are asked about.
    if pool not in POOLS or hidden_dim < 1:
        raise InputError(
            f"pool is {pool!r} and hidden_dim {hidden_dim}; choose one of {', '.join(POOLS)}, and "
            "a width of 1 or more"
        )
    learned = jnp.issubdtype(graph.feature.dtype, jnp.integer)
    n_features = dim if learned else graph.feature.shape[1]
    return _model(n_features, n_items if learned else 0, dim, hidden_dim, n_layers, pool)


@lru_cache(maxsize=16)  # Equal models share what is compiled of them.
def _model(
    n_features: int, n_learned: int, dim: int, hidden_dim: int, n_layers: int, pool: PoolName
) -> Model:
    inner = pinsage(n_features, dim, hidden_dim, n_layers, POOLS[pool])

    def init(key: Key) -> Params:
        key, key_feature = jax.random.split(key)
        params: Params = {"layers": inner.init(key)}
        if n_learned:
            normal = jax.nn.initializers.normal(stddev=0.1)
            params["feature"] = normal(key_feature, (n_learned, n_features))
        return params

    def encode(params: Params, graph: Hops | Featured, *, key: Key | None = None) -> Embeddings:
        feature = jnp.asarray(graph.feature)
        if n_learned:
            feature = params["feature"][feature[:, 0]]
        if isinstance(graph, Hops):
            return inner.encode(params["layers"], graph._replace(feature=feature), key=key)
        z = _every_item(params["layers"], feature, graph.graph, POOLS[pool])
        return Embeddings(z, z)

    return inner._replace(init=init, encode=encode)


def _every_item(
    params: Params, feature: Float[Array, "I F"], table: ImportanceNeighbors, pool: Any
) -> Float[Array, "I d"]:
    """Vectors of all items; a layer is done for all before the next."""
    h, size = feature, min(BLOCK, len(feature))
    for layer in layers(params):
        z = project(layer, h)  # [I, m]

        def of_item(row: Any, layer: Any = layer, z: Any = z) -> Float[Array, "d"]:
            own, sender, weight = row
            return combine(layer, own[None], z[sender][None], weight[None], pool)[0]

        h = jax.lax.map(of_item, (h, *map(jnp.asarray, table)), batch_size=size)
    return head(params, h)
