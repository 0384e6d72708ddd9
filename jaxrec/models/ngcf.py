"""NGCF: graph convolution with weights, and with products of a node and its neighbors.

Wang et al., Neural Graph Collaborative Filtering, SIGIR 2019, https://arxiv.org/abs/1905.08108
"""

import jax
import jax.numpy as jnp

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import Graph, check_rate, diffuse, dot, dropout as drop, keys_of, l2_normalize

SLOPE = 0.2
"""Of the leaky ReLU below zero: TensorFlow's default, which the reference code leaves."""


def ngcf(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 3,
    dropout: float = 0.1,
    init_scale: float = 0.1,
    transform: bool = True,
    nonlinear: bool = True,
) -> Model:
    """Builds NGCF: ``E' = leaky((L + I) E W_1 + (L E * E) W_2)`` (equation 7).

    Graph: ``graph.bipartite`` of the training interactions, or its ``ops.prepare`` form; its
    weights are the Laplacian L of equation 8, without self loops. Cost: ``n_layers * dim`` times
    ``n_edges + 2 dim n_nodes`` multiply-adds per encode. Representations are ``dim * (K + 1)``
    wide: the tables and every layer (equation 9), whose rows have length one, as in the reference
    code and not in the paper. That code differs from the paper in more, which is not done here:
    it averages over neighbors and the node itself instead of L + I and L, adds biases, applies
    the leaky ReLU to both terms apart, and may drop edges (node dropout, off by default). The
    paper adds L2 on tables and weights of layers; ``train.l2_rows`` is on tables
    alone, ``train.l2_params("layer_0", ...)`` on weights.

    Args:
      dim: width of the tables and of every layer.
      n_layers: propagation steps K, each with weights of its own; 0 is matrix factorization.
      dropout: chance that an entry of a layer's output is zeroed in training (message dropout).
      init_scale: standard deviation of the normal initial tables. The paper says Xavier; weights
        of layers are.
      transform: whether layers multiply by weights W_1 and W_2; without them it is NGCF-f, whose
        only parameters are the tables (He et al., LightGCN, SIGIR 2020, section 3.1).
      nonlinear: whether the leaky ReLU is applied; without it it is NGCF-n, without both NGCF-fn.

    Raises:
      InputError: negative ``n_layers``, or ``dropout`` out of range.
    """
    check_rate("dropout", dropout)
    check_layers(n_layers)
    tables, xavier = mf(n_users, n_items, dim, init_scale), jax.nn.initializers.xavier_uniform()

    def init(key: Key) -> Params:
        key_tables, *keys = jax.random.split(key, 1 + 2 * n_layers)
        weights = {
            f"layer_{k}": {
                "sum": xavier(keys[2 * k], (dim, dim)),
                "product": xavier(keys[2 * k + 1], (dim, dim)),
            }
            for k in range(n_layers if transform else 0)
        }
        return tables.init(key_tables) | weights

    def encode(params: Params, graph: Graph, *, key: Key | None = None) -> Embeddings:
        x = jnp.concatenate([params["user"], params["item"]])
        blocks = [x]
        for k, key_layer in enumerate(keys_of(key, n_layers)):
            near = diffuse(x, graph, (0.0, 1.0))
            summed, product = near + x, near * x
            if transform:
                weights = params[f"layer_{k}"]
                summed, product = summed @ weights["sum"], product @ weights["product"]
            x = summed + product
            x = drop(jax.nn.leaky_relu(x, SLOPE) if nonlinear else x, dropout, key_layer)
            blocks.append(l2_normalize(x))  # The next layer reads x itself.
        return Embeddings(*jnp.split(jnp.concatenate(blocks, axis=1), [params["user"].shape[0]]))

    return Model(init, encode, dot)
