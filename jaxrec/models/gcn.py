"""GCN: graph convolution, a product with the normalized adjacency and one with weights.

Kipf and Welling, Semi-Supervised Classification with Graph Convolutional Networks, ICLR 2017,
https://arxiv.org/abs/1609.02907
"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.graph import Featured
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import (
    Graph,
    Sparse,
    check_rate,
    diffuse,
    dot,
    dropout as drop,
    gather_scores,
    keys_of,
    sparse_matmul,
)

READOUTS: dict[str, Any] = {
    "last": lambda layers: layers[-1],
    "mean": lambda layers: sum(layers) / len(layers),
    "concat": lambda layers: jnp.concatenate(layers, axis=1),
}


def gcn(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 2,
    dropout: float = 0.0,
    readout: Literal["last", "mean", "concat"] = "mean",
    init_scale: float = 0.1,
    self_weight: bool = False,
) -> Model:
    """Builds GCN over users and items: ``H' = relu(S H W)`` from the tables (equation 2).

    Graph: ``graph.bipartite(train, self_loops=True)`` or its ``ops.prepare`` form without
    ``n_users``, for a self loop joins a side with itself; its weights are ``S = D^-1/2 (A + I)
    D^-1/2``. Cost: ``n_layers * dim * (n_edges + dim * n_nodes)`` multiply-adds per encode.

    With ``self_weight`` it is ``relu(W mean_{u in N(v)} h_u + B h_v)``, as lectures have it: the
    node itself has weights B of its own, and the graph is ``graph.bipartite(train, r=1.0)``.

    Args:
      dim: width of the tables and of every layer.
      n_layers: convolutions K; 0 is matrix factorization. The last has no ReLU.
      dropout: chance that an entry of a layer's input is zeroed in training.
      readout: what is scored: the last layer, as in the paper, or the mean or concatenation of the
        tables and all layers. The default keeps a node's own row, which convolutions smooth away.
      init_scale: standard deviation of the normal initial tables; weights of layers are Xavier.
      self_weight: whether a node's own row has weights of its own beside the mean of its neighbors,
        in place of a self loop.

    Raises:
      InputError: negative ``n_layers``, or ``dropout`` out of range.
    """
    check_rate("dropout", dropout)
    check_layers(n_layers)
    tables = mf(n_users, n_items, dim, init_scale)

    def init(key: Key) -> Params:
        key_tables, key_layers = jax.random.split(key)
        widths = (dim,) * (n_layers + 1)
        return tables.init(key_tables) | _init(key_layers, widths, self_weight)

    def encode(params: Params, graph: Graph, *, key: Key | None = None) -> Embeddings:
        x = jnp.concatenate([params["user"], params["item"]])
        x = READOUTS[readout](_layers(params, x, graph, n_layers, dropout, key))
        return Embeddings(*jnp.split(x, [params["user"].shape[0]]))

    return Model(init, encode, dot)


def gcn_nodes(
    n_features: int,
    n_classes: int,
    dims: tuple[int, ...] = (16,),
    dropout: float = 0.5,
    self_weight: bool = False,
) -> Model:
    """Builds GCN over nodes with features: ``softmax(S relu(S X W_0) W_1)`` (equation 9).

    Representations are logits ``[N, C]``: a batch's queries are nodes, its items classes.
    Graph: ``graph.Featured``, whose graph is ``graph.homogeneous(..., self_loops=True)`` or its
    ``ops.prepare`` form. The paper adds L2 on ``layer_0`` (``train.l2_params``) and makes rows of
    features sum to one (``data.row_normalized``).

    Args:
      dims: widths of the hidden layers.
      dropout: chance that an entry of a layer's input is zeroed in training.
      self_weight: as in ``gcn``; the graph is then ``graph.homogeneous(..., r=1.0)``.

    Raises:
      InputError: ``dropout`` out of range.
    """
    check_rate("dropout", dropout)
    n_layers = len(dims) + 1

    def init(key: Key) -> Params:
        return _init(key, (n_features, *dims, n_classes), self_weight)

    def encode(params: Params, graph: Featured, *, key: Key | None = None) -> Float[Array, "N C"]:
        x = jax.tree.map(jnp.asarray, graph.feature)
        return _layers(params, x, graph.graph, n_layers, dropout, key)[-1]

    return Model(init, encode, gather_scores)


def _init(key: Key, widths: tuple[int, ...], self_weight: bool) -> Params:
    xavier, params = jax.nn.initializers.xavier_uniform(), {}
    shapes = list(zip(widths[:-1], widths[1:], strict=True))
    keys = jax.random.split(key, len(shapes))
    for k, (shape, key_layer) in enumerate(zip(shapes, keys, strict=True)):
        params[f"layer_{k}"] = {"kernel": xavier(key_layer, shape)}
        if self_weight:
            params[f"layer_{k}"]["own"] = xavier(jax.random.fold_in(key_layer, 1), shape)
    return params


def _layers(params: Params, x, graph: Graph, n_layers: int, rate: float, key: Key | None) -> list:
    """The input and the output of every layer."""
    outputs = [x]
    for k, key_layer in enumerate(keys_of(key, n_layers)):
        weights = params[f"layer_{k}"]
        kernel = weights["kernel"]
        before = drop(x, rate, key_layer)
        # Propagation goes where the table is narrower, and never over sparse features.
        if isinstance(before, Sparse) or kernel.shape[0] > kernel.shape[1]:
            x = diffuse(sparse_matmul(before, kernel), graph, (0.0, 1.0))
        else:
            x = diffuse(before, graph, (0.0, 1.0)) @ kernel
        if "own" in weights:
            x += sparse_matmul(before, weights["own"])
        x = jax.nn.relu(x) if k < n_layers - 1 else x
        outputs.append(x)
    return outputs
