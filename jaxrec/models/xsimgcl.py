"""XSimGCL: SimGCL with one noisy encoding, whose result is contrasted with one of its layers.

Yu et al., XSimGCL: Towards Extremely Simple Graph Contrastive Learning for Recommendation,
TKDE 2023, https://arxiv.org/abs/2209.02544; the form is that of the authors' code, SELFRec.
"""

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.models.mf import mf
from jaxrec.models.simgcl import Views, check, mean, noisy_layers
from jaxrec.ops import Graph, diffuse, dot


def xsimgcl(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 3,
    eps: float = 0.2,
    contrast_layer: int = 1,
    init_scale: float = 0.1,
) -> Model:
    """Builds XSimGCL; train it with ``simgcl.contrast`` (SELFRec: weight 0.2, temperature 0.15).

    Layers are those of SimGCL. With a key there is one encoding, with noise: its result, the mean
    over layers 1 to K, is ranked and is the first of the ``Views``; layer ``contrast_layer`` is the
    second. Without a key there is no noise.

    Graph: ``graph.bipartite`` of the training interactions, or its ``ops.prepare`` form.
    Cost: ``n_layers * n_edges * dim`` multiply-adds per encode, with a key or without.

    Args:
      dim: width of the tables, and of what is scored.
      n_layers: propagation steps K, at least one; the result is the mean of what they give.
      eps: length of the noise that training adds to a node's row in every layer; tables begin
        with rows of length ``init_scale * sqrt(dim)``.
      contrast_layer: the layer, 1 to K, that the result is contrasted with.
      init_scale: standard deviation of the normal initial tables; the authors' code has Xavier.

    Raises:
      InputError: no layers, ``eps`` negative, or no such ``contrast_layer``.
    """
    check(n_layers, eps)
    if not 1 <= contrast_layer <= n_layers:
        raise InputError(f"contrast_layer is {contrast_layer}; give 1 to {n_layers}, the layers")
    scales = (0.0,) + (1 / n_layers,) * n_layers

    def encode(params: Params, graph: Graph, *, key: Key | None = None) -> Embeddings | Views:
        tables = params["user"], params["item"]
        if key is None:
            return Embeddings(*diffuse(tables, graph, scales))
        layers = noisy_layers(tables, graph, n_layers, eps, key)
        final = mean(layers)
        return Views(*final, final, layers[contrast_layer - 1])

    return Model(mf(n_users, n_items, dim, init_scale).init, encode, dot)
