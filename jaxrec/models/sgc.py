"""SGC: graph convolution without nonlinearity, so a linear model on diffused features.

Wu et al., Simplifying Graph Convolutional Networks, ICML 2019, https://arxiv.org/abs/1902.07153
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Key, Model, Params
from jaxrec.graph import Featured
from jaxrec.models.mf import check_layers
from jaxrec.ops import diffuse, gather_scores, sparse_matmul


def sgc_nodes(n_features: int, n_classes: int, n_layers: int = 2) -> Model:
    """Builds SGC over nodes with features: ``softmax(S^K X W)``.

    It is ``gcn_nodes`` whose ReLU is left out, for then its matrices are one. Representations are
    logits ``[N, C]``: a batch's queries are nodes, its items classes. Graph: ``graph.Featured``,
    whose graph is ``graph.homogeneous(..., self_loops=True)`` or its ``ops.prepare`` form. Cost:
    ``n_layers * n_edges * n_classes`` multiply-adds beside the product with W, which goes first.

    Args:
      n_features: numbers that a node has.
      n_classes: classes C.
      n_layers: steps K of diffusion; 0 is logistic regression.

    Raises:
      InputError: negative ``n_layers``.
    """
    check_layers(n_layers)

    def init(key: Key) -> Params:
        return {"kernel": jax.nn.initializers.xavier_uniform()(key, (n_features, n_classes))}

    def encode(params: Params, graph: Featured, *, key: Key | None = None) -> Float[Array, "N C"]:
        del key  # No dropout.
        x = jax.tree.map(jnp.asarray, graph.feature)
        logits = sparse_matmul(x, params["kernel"])
        return diffuse(logits, graph.graph, (0.0,) * n_layers + (1.0,))

    return Model(init, encode, gather_scores)
