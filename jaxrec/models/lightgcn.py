"""LightGCN: linear propagation over the user-item graph.

He et al., LightGCN, SIGIR 2020, https://arxiv.org/abs/2002.02126
"""

from collections.abc import Sequence
from typing import Literal

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import Graph, diffuse, dot


def lightgcn(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 3,
    alpha: Sequence[float] | None = None,
    init_scale: float = 0.1,
    storage: Literal["float32", "bfloat16"] = "float32",
) -> Model:
    """Builds LightGCN: ``e = sum_k alpha_k A^k e_0`` (equations 3, 4 and 8).

    Graph: ``graph.bipartite`` of the training interactions, or its ``ops.prepare`` form: users in
    rows ``[0, n_users)``, items after them, edges weighted ``1 / sqrt(deg_s * deg_r)``.
    Cost: ``n_layers * n_edges * dim`` multiply-adds per encode.

    Args:
      dim: numbers in each user's and item's vector.
      n_layers: propagation steps K; 0 is matrix factorization.
      alpha: K + 1 weights of the scales, layer 0 first; None is uniform, ``1 / (K + 1)`` each.
      init_scale: standard deviation of the normal initial tables. The paper says Xavier; its
        PyTorch code uses 0.1 and its TensorFlow code 0.01.
      storage: type in which a layer is kept for its neighbors to read (``ops.diffuse``). With
        bfloat16 the formulations buckets, chunked and pallas (on GPU) read half as much; others
        widen it first and gain nothing. Tables, sums and gradients stay as they are.

    Raises:
      InputError: negative ``n_layers``, or ``alpha`` not of length K + 1.
    """
    check_layers(n_layers)
    scales = (1 / (n_layers + 1),) * (n_layers + 1) if alpha is None else tuple(alpha)
    if len(scales) != n_layers + 1:
        raise InputError(
            f"alpha has {len(scales)} weights for {n_layers} layers; give {n_layers + 1}"
        )

    def encode(params: Params, graph: Graph, *, key: Key | None = None) -> Embeddings:
        del key  # No dropout: LightGCN regularizes with L2 alone.
        return Embeddings(*diffuse((params["user"], params["item"]), graph, scales, storage))

    return Model(mf(n_users, n_items, dim, init_scale).init, encode, dot)
