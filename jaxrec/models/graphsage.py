"""GraphSAGE: a node beside an aggregate of its neighbors, by mean, GCN, pooling or LSTM.

Hamilton et al., Inductive Representation Learning on Large Graphs, NeurIPS 2017,
https://arxiv.org/abs/1706.02216
"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.graph import Featured, Neighbors
from jaxrec.models.mf import check_layers, mf
from jaxrec.nn import AGGREGATORS, Aggregator
from jaxrec.ops import (
    Sparse,
    check_rate,
    dot,
    dropout as drop,
    gather_scores,
    keys_of,
    l2_normalize,
    sparse_matmul,
)
from jaxrec.sampling.hops import Hops

Name = Literal["mean", "gcn", "pool", "lstm", "mean_with_self", "sum"]


def graphsage(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 2,
    aggregator: Name = "mean",
    dropout: float = 0.0,
    init_scale: float = 0.1,
) -> Model:
    """Builds GraphSAGE over users and items: ``unit(relu([h, AGG(neighbors)] W))`` (algorithm 1).

    The last layer has no ReLU, as in the reference code, and rows of length one: scores are
    cosines. Graph and cost per layer, by aggregator:

    ====  ===================================================================  =================
    mean  ``bipartite(train, r=1.0)`` or its ``ops.prepare`` form              ``E d + 2 N d^2``
    gcn   ``bipartite(train, r=1.0, self_loops=True)`` or its prepared form    ``E d + N d^2``
    pool  ``neighbors(bipartite(train), width=K)``                             ``N K d + 3 N d^2``
    lstm  ``neighbors(bipartite(train), width=K)``                             ``8 N K d^2``
    ====  ===================================================================  =================

    ``mean_with_self`` reads the graph of gcn, ``sum`` that of mean with its edges all ones; both
    cost what mean does.

    Neighbors' rows ``[N, K, d]`` are gathered for 4,096 nodes at a time.

    Args:
      dim: width of the tables and of every layer.
      n_layers: layers K; 0 is matrix factorization.
      aggregator: mean of the neighbors; mean_with_self, the mean of them and the node itself, which
        stands beside it, too; gcn, the same without the node beside it; sum of the neighbors; pool,
        the largest of ``relu(W h + b)``; lstm, which reads them in random order in training and in
        that of the table otherwise.
      dropout: chance that an entry of a layer's input is zeroed in training.
      init_scale: standard deviation of the normal initial tables; weights of layers are Xavier.

    Raises:
      InputError: negative ``n_layers``, ``dropout`` out of range, or a graph for another
        aggregator.
    """
    check_rate("dropout", dropout)
    check_layers(n_layers)
    tables = mf(n_users, n_items, dim, init_scale)
    kind = AGGREGATORS[aggregator]

    def init(key: Key) -> Params:
        key_tables, key_layers = jax.random.split(key)
        return tables.init(key_tables) | _init(key_layers, (dim,) * (n_layers + 1), kind)

    def encode(params: Params, graph: Any, *, key: Key | None = None) -> Embeddings:
        x = jnp.concatenate([params["user"], params["item"]])
        x = _last(params, x, graph, n_layers, kind, dropout, key)
        return Embeddings(*jnp.split(x, [params["user"].shape[0]]))

    return Model(init, encode, dot)


def graphsage_nodes(
    n_features: int,
    n_classes: int,
    dims: tuple[int, ...] = (128, 128),
    aggregator: Name = "mean",
    dropout: float = 0.0,
) -> Model:
    """Builds GraphSAGE over nodes with features, and a linear layer from there to logits.

    Representations are logits ``[N, C]``: a batch's queries are nodes, its items classes.
    Graph: ``graph.Featured``, whose graph is as in ``graphsage``, of ``graph.homogeneous``.

    Args:
      dims: widths of the layers.
      aggregator: as in ``graphsage``.
      dropout: chance that an entry of a layer's input is zeroed in training.

    Raises:
      InputError: as ``graphsage``, or sparse features for an aggregator that is not a mean.
    """
    check_rate("dropout", dropout)
    kind, xavier = AGGREGATORS[aggregator], jax.nn.initializers.xavier_uniform()

    def init(key: Key) -> Params:
        key_layers, key_head = jax.random.split(key)
        head = {"kernel": xavier(key_head, ((n_features, *dims)[-1], n_classes))}
        return _init(key_layers, (n_features, *dims), kind) | {"head": head}

    def encode(params: Params, graph: Featured, *, key: Key | None = None) -> Float[Array, "N C"]:
        x = jax.tree.map(jnp.asarray, graph.feature)
        x = _last(params, x, graph.graph, len(dims), kind, dropout, key)
        return x @ params["head"]["kernel"]

    return Model(init, encode, gather_scores)


def graphsage_hops(
    n_features: int,
    dims: tuple[int, ...] = (128, 128),
    aggregator: Literal["mean", "pool", "lstm"] = "mean",
) -> Model:
    """Builds inductive GraphSAGE: items have features and sampled neighbors, no rows of their own.

    Graph: ``sampling.hops.Hops``, as of ``pinsage``; with laws ``uniform`` of 25 and 10 neighbors
    it is the paper's. Queries and items are its seeds alike.

    Args:
      n_features: numbers that an item has.
      dims: widths of the layers.
      aggregator: as in ``graphsage``; the mean is by the weights of the hops.

    Raises:
      InputError: no layers, or an aggregator that needs the whole graph.
    """
    if not dims or aggregator not in ("mean", "pool", "lstm"):
        raise InputError(
            f"dims are {dims} and the aggregator {aggregator!r}; give a width or more, and mean, "
            "pool or lstm"
        )
    kind = AGGREGATORS[aggregator]

    def init(key: Key) -> Params:
        return _init(key, (n_features, *dims), kind)

    def encode(params: Params, graph: Hops, *, key: Key | None = None) -> Embeddings:
        x = jnp.asarray(graph.feature)
        for k, (hop, key_order) in enumerate(zip(graph.hop, keys_of(key, len(dims)), strict=True)):
            weights = params[f"layer_{k}"]
            if aggregator == "mean":  # That of whole graphs is a propagation.
                near = jnp.sum(x[hop.sender] * hop.weight[..., None], axis=1)
            else:
                table = Neighbors(hop.sender, hop.weight > 0)
                near = kind.aggregate(weights, x, table, key_order)
            x = _layer(weights, x[hop.own], near, kind, is_last=k == len(dims) - 1)
        return Embeddings(x[graph.seed], x[graph.seed])

    return Model(init, encode, dot)


def _init(key: Key, widths: tuple[int, ...], kind: Aggregator) -> Params:
    xavier, params = jax.nn.initializers.xavier_uniform(), {}
    keys = jax.random.split(key, (len(widths), 2))
    for k, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
        kernel = xavier(keys[k, 0], ((1 + kind.beside) * before, after))
        params[f"layer_{k}"] = {"kernel": kernel, **kind.init(keys[k, 1], before)}
    return params


def _last(params: Params, x, graph, n_layers: int, kind: Aggregator, rate, key: Key | None):
    for k, key_layer in enumerate(keys_of(key, n_layers)):
        key_drop, key_order = keys_of(key_layer, 2)
        weights, x = params[f"layer_{k}"], drop(x, rate, key_drop)
        is_last = k == n_layers - 1
        if isinstance(x, Sparse):
            x = _length_one(_of_sparse(weights["kernel"], x, graph, kind), is_last)
        else:
            near = kind.aggregate(weights, x, graph, key_order)
            x = _layer(weights, x, near, kind, is_last)
    return x


def _of_sparse(kernel, x: Sparse, graph, kind: Aggregator):
    """``[x, AGG(x)] W``, the product before the mean, which would fill the entries up."""
    if not kind.linear:
        raise InputError(
            "features are sparse and the aggregator is no mean; give mean or gcn, or a dense array"
        )
    width = x.shape[1]
    near = kind.aggregate({}, sparse_matmul(x, kernel[-width:]), graph, None)
    return sparse_matmul(x, kernel[:width]) + near if kind.beside else near


def _layer(weights: Params, own, near, kind: Aggregator, is_last: bool):
    x = (jnp.concatenate([own, near], axis=1) if kind.beside else near) @ weights["kernel"]
    return _length_one(x, is_last)


def _length_one(x, is_last: bool):
    return l2_normalize(x if is_last else jax.nn.relu(x))
