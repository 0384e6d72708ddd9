"""PinSage: convolutions over important neighbors; items have features, and no rows of their own.

Ying et al., Graph Convolutional Neural Networks for Web-Scale Recommender Systems, KDD 2018,
https://arxiv.org/abs/1806.01973
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.nn import Pool, importance_pooling
from jaxrec.ops import dot, l2_normalize
from jaxrec.sampling.hops import Hops


def pinsage(
    n_features: int,
    dim: int = 64,
    hidden_dim: int = 128,
    n_layers: int = 2,
    pool: Pool = importance_pooling,
) -> Model:
    """Builds PinSage: ``n_layers`` times ``convolve``, then ``head`` (algorithm 2).

    Graph: ``sampling.hops.Hops``, of a batch in training (``train.on_hops``), of all items
    (``sampling.hops.whole``) where few enough fit at once. Queries and items are its seeds alike.
    Cost of a layer over n nodes and their T neighbors, n' different ones:
    ``n' d m + n T m + n (d + m) d``, for every node is projected once, however many it neighbors.

    The paper's rivals are other arguments: 0 layers read content alone, ``pool`` is the mean or the
    largest entries (``nn``); losses and negatives are training's.

    Args:
      n_features: numbers that an item has.
      dim: width of each layer's output, and of the item's vector; 1,024 in the paper.
      hidden_dim: width of what neighbors are projected to; 2,048 in the paper.
      n_layers: convolutions K; 0 is the head on the features.
      pool: makes one row of the neighbors'.

    Raises:
      InputError: negative ``n_layers``.
    """
    if n_layers < 0:
        raise InputError(f"n_layers is {n_layers}; give 0 (features alone) or more")
    widths = [n_features] + [dim] * n_layers

    def init(key: Key) -> Params:
        keys = iter(jax.random.split(key, 2 * n_layers + 2))
        params = {
            f"layer_{k}": {
                "project": _dense(next(keys), width, hidden_dim),
                "join": _dense(next(keys), width + hidden_dim, dim),
            }
            for k, width in enumerate(widths[:-1])
        }
        hidden, out = _dense(next(keys), widths[-1], dim), _dense(next(keys), dim, dim)
        return params | {"head": {"hidden": hidden, "out": {"kernel": out["kernel"]}}}

    def encode(params: Params, graph: Hops, *, key: Key | None = None) -> Embeddings:
        del key  # What is random, the neighbors, was drawn before.
        h = jnp.asarray(graph.feature)
        for layer, hop in zip(layers(params), graph.hop, strict=True):
            z = project(layer, h)  # Before the gather: a node once, not once a neighbor.
            h = combine(layer, h[hop.own], z[hop.sender], hop.weight, pool)
        z = head(params, h)[graph.seed]
        return Embeddings(z, z)

    return Model(init, encode, dot)


def convolve(
    layer: Params,
    h_self: Float[Array, "*n d"],
    h_neighbors: Float[Array, "*n T d"],
    weights: Float[Array, "*n T"],
    pool: Pool = importance_pooling,
) -> Float[Array, "*n d2"]:
    """One convolution, rows of length one (algorithm 1).

    ``n = pool(relu(Q h_v + q)); unit(relu(W [h_u, n] + w))``. It is ``project`` of the neighbors,
    then ``combine``; who has all nodes at hand projects each once, and combines what was gathered.

    Args:
      layer: one of ``layers(params)``.
      weights: of neighbors, in sum 1 for ``importance_pooling``; 0 marks padding, and where all
        are 0 nothing stands beside the node.
    """
    return combine(layer, h_self, project(layer, h_neighbors), weights, pool)


def project(layer: Params, h: Float[Array, "*n d"]) -> Float[Array, "*n m"]:
    """What a node sends: ``relu(Q h + q)``."""
    return jax.nn.relu(_affine(layer["project"], h))


def combine(
    layer: Params,
    h_self: Float[Array, "*n d"],
    z_neighbors: Float[Array, "*n T m"],
    weights: Float[Array, "*n T"],
    pool: Pool = importance_pooling,
) -> Float[Array, "*n d2"]:
    """A node beside what its neighbors sent: the rest of ``convolve``."""
    both = jnp.concatenate([h_self, pool(z_neighbors, weights)], axis=-1)
    return l2_normalize(jax.nn.relu(_affine(layer["join"], both)))


def head(params: Params, h: Float[Array, "*n d"]) -> Float[Array, "*n d2"]:
    """The item's vector: ``G2 relu(G1 h + g)``; its length is free."""
    hidden = jax.nn.relu(_affine(params["head"]["hidden"], h))
    return hidden @ params["head"]["out"]["kernel"]


def layers(params: Params) -> list[Params]:
    """The convolutions' parameters, in the order in which they run."""
    return [params[f"layer_{k}"] for k in range(len(params) - 1)]


def _affine(weights: Any, x: Float[Array, "*n d"]) -> Float[Array, "*n d2"]:
    z = x @ weights["kernel"]
    return z + jnp.broadcast_to(weights["bias"], z.shape)


def _dense(key: Key, before: int, after: int) -> Params:
    kernel = jax.nn.initializers.xavier_uniform()(key, (before, after))
    return {"kernel": kernel, "bias": jnp.zeros(after)}
