"""GAT: graph attention, several heads that weigh a node's neighbors each in its own way.

Velickovic et al., Graph Attention Networks, ICLR 2018, https://arxiv.org/abs/1710.10903
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.graph import Featured
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import (
    EdgeList,
    Sparse,
    check_rate,
    dot,
    dropout as drop,
    gather_scores,
    keys_of,
    sparse_matmul,
    weighted_spmm,
)

SLOPE = 0.2
"""Of the leaky ReLU in the logits below zero (section 2.1)."""


class _Rates(NamedTuple):
    """Chances of dropout: of a layer's input, of normalized weights, of ``W h`` that is summed."""

    input: float
    attention: float
    value: float = 0.0

    def checked(self) -> "_Rates":
        check_rate("dropout", self.input)
        check_rate("attention_dropout", self.attention)
        check_rate("value_dropout", self.value)
        return self


def gat(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 2,
    n_heads: int = 4,
    dropout: float = 0.0,
    attention_dropout: float = 0.0,
    init_scale: float = 0.1,
) -> Model:
    """Builds GAT over users and items: ``elu(sum_j alpha_ij W h_j)`` (equations 3 to 6).

    Graph: ``ops.edge_list(graph.bipartite(train, self_loops=True))``; its weights are not read.
    Cost per layer: ``n_heads * n_edges`` logits, which are kept for the gradient, and
    ``dim * (n_edges + dim * n_nodes)`` multiply-adds, in the last ``n_heads`` times that.

    Args:
      dim: width of the tables and of every layer.
      n_layers: attention layers K; 0 is matrix factorization. The last has no ELU.
      n_heads: attention heads H. Hidden layers join heads of width ``dim / H``; the last averages
        heads of width ``dim``.
      dropout: chance that an entry of a layer's input is zeroed in training.
      attention_dropout: chance that an edge's normalized weight is zeroed in training, each head's
        apart.
      init_scale: standard deviation of the normal initial tables; weights of layers are Xavier.

    Raises:
      InputError: negative ``n_layers``, ``dim`` no multiple of ``n_heads``, or a chance of dropout
        out of range.
    """
    rates = _Rates(dropout, attention_dropout).checked()
    check_layers(n_layers)
    if n_heads < 1 or dim % n_heads:
        raise InputError(f"dim is {dim} for {n_heads} heads; give a multiple of 1 head or more")
    tables = mf(n_users, n_items, dim, init_scale)
    shapes = [(n_heads, dim // n_heads)] * (n_layers - 1) + [(n_heads, dim)]

    def init(key: Key) -> Params:
        key_tables, key_layers = jax.random.split(key)
        return tables.init(key_tables) | _init(key_layers, dim, shapes[:n_layers])

    def encode(params: Params, graph: EdgeList, *, key: Key | None = None) -> Embeddings:
        x = jnp.concatenate([params["user"], params["item"]])
        x = _last(params, x, graph, n_layers, rates, key)
        return Embeddings(*jnp.split(x, [params["user"].shape[0]]))

    return Model(init, encode, dot)


def gat_nodes(
    n_features: int,
    n_classes: int,
    dims: tuple[int, ...] = (8,),
    n_heads: int = 8,
    n_output_heads: int = 1,
    dropout: float = 0.6,
    attention_dropout: float = 0.6,
    value_dropout: float = 0.6,
) -> Model:
    """Builds GAT over nodes with features (section 3.3, whose numbers for Cora are the defaults).

    Representations are logits ``[N, C]``: a batch's queries are nodes, its items classes.
    Graph: ``graph.Featured`` whose graph is
    ``ops.edge_list(graph.homogeneous(..., self_loops=True))``. The paper adds L2 on all parameters
    (``train.l2_params``). What every head sums has a bias, as in the reference code; equations 4 to
    6 have none.

    Args:
      dims: widths of one head of the hidden layers.
      n_heads: heads of the hidden layers, which are joined.
      n_output_heads: heads of the last layer, which are averaged.
      dropout: chance that an entry of a layer's input is zeroed in training.
      attention_dropout: chance that an edge's normalized weight is zeroed in training.
      value_dropout: chance that an entry of ``W h`` is zeroed where it is summed, not where it
        makes a weight; of the reference code, not of the paper's text.

    Raises:
      InputError: a chance of dropout out of range.
    """
    rates = _Rates(dropout, attention_dropout, value_dropout).checked()
    shapes = [*((n_heads, dim) for dim in dims), (n_output_heads, n_classes)]

    def init(key: Key) -> Params:
        params = _init(key, n_features, shapes)
        for k, shape in enumerate(shapes):
            params[f"layer_{k}"]["bias"] = jnp.zeros(shape)
        return params

    def encode(params: Params, graph: Featured, *, key: Key | None = None) -> Float[Array, "N C"]:
        x = jax.tree.map(jnp.asarray, graph.feature)
        return _last(params, x, graph.graph, len(shapes), rates, key)

    return Model(init, encode, gather_scores)


def _init(key: Key, width: int, shapes: list[tuple[int, int]]) -> Params:
    """Kernels ``[d, H, F]`` and, for the logits, ``ends [H, 2, F]``: receivers', then senders'."""
    kernel = jax.nn.initializers.xavier_uniform(in_axis=0, out_axis=2, batch_axis=1)
    ends = jax.nn.initializers.xavier_uniform(in_axis=1, out_axis=2, batch_axis=0)
    params, keys = {}, jax.random.split(key, (len(shapes), 2))
    for k, (n_heads, dim) in enumerate(shapes):
        params[f"layer_{k}"] = {
            "kernel": kernel(keys[k, 0], (width, n_heads, dim)),
            "ends": ends(keys[k, 1], (n_heads, 2 * dim, 1)).reshape(n_heads, 2, dim),
        }
        width = n_heads * dim
    return params


def _last(
    params: Params, x: Any, edges: EdgeList, n_layers: int, rates: _Rates, key: Key | None
) -> Float[Array, "N _"]:
    for k, key_layer in enumerate(keys_of(key, n_layers)):
        heads = _heads(params[f"layer_{k}"], x, edges, rates, key_layer)  # [N, F, H]
        if k < n_layers - 1:
            x = jax.nn.elu(jnp.moveaxis(heads, 2, 1).reshape(heads.shape[0], -1))
        else:
            x = jnp.mean(heads, axis=2)
    return x


def _heads(
    weights: Params,
    x: Float[Array, "N d"] | Sparse,
    edges: EdgeList,
    rates: _Rates,
    key: Key | None,
) -> Float[Array, "N F H"]:
    """What every node receives from every head; of one without edges the bias, if there is one."""
    width, n_heads, dim = (kernel := weights["kernel"]).shape
    key_input, key_weight, key_value = keys_of(key, 3)
    z = sparse_matmul(drop(x, rates.input, key_input), kernel.reshape(width, -1))
    z = jnp.moveaxis(z.reshape(-1, n_heads, dim), 1, 2)  # [N, F, H]
    to, of = jnp.einsum("nfh,htf->tnh", z, weights["ends"])  # The two halves of the inner product.
    logit = jax.nn.leaky_relu(to[edges.receivers] + of[edges.senders], SLOPE)  # [E, H]
    peak = jax.ops.segment_max(jax.lax.stop_gradient(logit), edges.receivers, z.shape[0])
    weight = jnp.exp(logit - peak[edges.receivers])
    summed = jax.vmap(weighted_spmm, in_axes=(-1, -1, None), out_axes=-1)
    # Divided after the sum: one division a node, and no gather of totals to differentiate.
    total = summed(jnp.ones_like(z[:, :1]), weight, edges)
    sums = summed(drop(z, rates.value, key_value), drop(weight, rates.attention, key_weight), edges)
    heads = sums / jnp.where(total > 0, total, 1)
    return heads + weights["bias"].T[None] if "bias" in weights else heads
