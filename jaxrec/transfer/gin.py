"""GIN, the graph isomorphism network, as an encoder of whole subgraphs.

Xu et al., How Powerful are Graph Neural Networks?, ICLR 2019, https://arxiv.org/abs/1810.00826,
with the features and the readout of GCC (Qiu et al., KDD 2020, https://arxiv.org/abs/2006.09963).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Key, Params
from jaxrec.nn import dense, init_mlp, mlp
from jaxrec.ops import check_rate, dropout as drop, keys_of, l2_normalize, propagate
from jaxrec.transfer.subgraphs import Nodes

EPSILON = 1e-5
"""Added to variances, as batch normalization has it everywhere."""
DEGREE_DIM = 16
"""Width of the embedding of degrees, GCC's."""

Moments = list[dict[str, Array]]
"""Mean and variance of the input of every batch normalization, ``[d]`` each."""


class Encoder(NamedTuple):
    """Two pure functions.

    Attributes:
      init: ``(key) -> params``.
      encode: ``(params, graph, moments=None, key=None) -> (vectors [B, d], moments)``; vectors have
        length one. ``moments`` None normalizes by those of the batch, which are returned; a key
        drops out.
    """

    init: Callable[[Key], Params]
    encode: Callable[..., tuple[Float[Array, "B d"], Moments]]


def gin(
    n_dims: int = 32, max_degree: int = 63, dim: int = 64, n_layers: int = 4, dropout: float = 0.5
) -> Encoder:
    """Builds ``h' = relu(BN(MLP(h_v + sum_j h_j)))`` with a linear readout of every layer's sums.

    A node begins with its position, an embedding of its degree, and whether it is the seed. The
    vector of a subgraph is ``sum_l dropout(W_l sum_v h_v^l + b_l)``, the input a layer among them,
    scaled to length one. Graph: ``as_graph``.

    Args:
      n_dims: width of positions.
      max_degree: higher degrees share its embedding.
      dim: width of layers and of the result.
      n_layers: layers of message passing; 4 in GCC.
      dropout: chance that an entry of a layer's readout is zeroed in training.

    Raises:
      InputError: a width or number of layers below 1, or ``dropout`` out of range.
    """
    if min(n_dims, max_degree, dim, n_layers) < 1:
        raise InputError(
            f"n_dims is {n_dims}, max_degree {max_degree}, dim {dim} and n_layers {n_layers}; "
            "give 1 or more of each"
        )
    check_rate("dropout", dropout)
    n_features = n_dims + DEGREE_DIM + 1
    inputs = (n_features, *(dim,) * (n_layers - 1))

    def init(key: Key) -> Params:
        key_degree, key_layers, key_readout = jax.random.split(key, 3)
        keys = jax.random.split(key_layers, n_layers)
        keys_readout = jax.random.split(key_readout, n_layers + 1)
        return {
            "degree": jax.random.normal(key_degree, (max_degree + 1, DEGREE_DIM)),
            "layers": [
                {"mlp": init_mlp(k, n, dim, dim), "scale": jnp.ones(dim), "shift": jnp.zeros(dim)}
                for k, n in zip(keys, inputs, strict=True)
            ],
            "readout": [
                init_mlp(k, n, dim)[0] for k, n in zip(keys_readout, (*inputs, dim), strict=True)
            ],
        }

    def encode(
        params: Params,
        graph: jraph.GraphsTuple,
        moments: Moments | None = None,
        key: Key | None = None,
    ) -> tuple[Float[Array, "B d"], Moments]:
        nodes, n_graphs = graph.nodes, len(graph.n_node) - 1
        assert isinstance(nodes, Nodes)
        real = nodes.is_real[:, None]
        of_graph = jnp.repeat(
            jnp.arange(n_graphs + 1), graph.n_node, total_repeat_length=len(nodes.is_real)
        )
        degree = params["degree"][jnp.minimum(nodes.degree, max_degree)]
        h = jnp.concatenate([nodes.position, degree, nodes.is_seed[:, None]], axis=1)
        found, total = [], 0.0
        for k, key_layer in enumerate(keys_of(key, n_layers + 1)):
            if k:
                layer = params["layers"][k - 1]
                h = mlp(layer["mlp"], h + propagate(h, graph))
                own = _moments(h, real) if moments is None else moments[k - 1]
                found.append(own)
                h = (h - own["mean"][None]) * jax.lax.rsqrt(own["variance"] + EPSILON)[None]
                h = jax.nn.relu(h * layer["scale"][None] + layer["shift"][None])
            h = jnp.where(real, h, 0)
            pooled = jax.ops.segment_sum(h, of_graph, n_graphs + 1)[:n_graphs]
            total = total + drop(dense(params["readout"][k], pooled), dropout, key_layer)
        return l2_normalize(jnp.asarray(total)), found

    return Encoder(init, encode)


def _moments(h: Float[Array, "N d"], real: Bool[Array, "N 1"]) -> dict[str, Array]:
    """Mean and variance over the nodes that are there."""
    count = jnp.maximum(jnp.sum(real), 1)
    mean = jnp.sum(h, axis=0, where=real) / count
    return {"mean": mean, "variance": jnp.sum((h - mean[None]) ** 2, axis=0, where=real) / count}
