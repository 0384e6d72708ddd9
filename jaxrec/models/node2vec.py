"""node2vec: nodes that walks find near each other get similar vectors.

Grover and Leskovec, node2vec: Scalable Feature Learning for Networks, KDD 2016,
https://arxiv.org/abs/1607.00653. With p = q = 1 it is DeepWalk, but for the negatives.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Batch, Embeddings, InputError, Key, Model, Params, Term, Towers
from jaxrec.ops import dot


def node2vec(n_nodes: int, dim: int = 128, init_scale: float = 0.01) -> Model:
    """Builds the two tables of skip-gram: a node's own vector, and the one it has as a context.

    Graph: none; walks are in the batch: ``ops.second_order``, then ``sampling.windows``. It trains
    with the term ``skip_gram`` of this file. Features of nodes are ``reps.query``. Cost: nothing to
    encode.

    Args:
      dim: numbers in each vector.
      init_scale: standard deviation of the normal initial tables. What training leaves of it is
        noise: at 0.1 labels of BlogCatalog are told much worse.
    """
    normal = jax.nn.initializers.normal(init_scale)

    def init(key: Key) -> Params:
        key_node, key_context = jax.random.split(key)
        return {
            "node": normal(key_node, (n_nodes, dim)),
            "context": normal(key_context, (n_nodes, dim)),
        }

    def encode(params: Params, graph: None = None, *, key: Key | None = None) -> Embeddings:
        del graph, key  # The graph is in the walks; nothing is random.
        return Embeddings(params["node"], params["context"])

    return Model(init, encode, dot)


def skip_gram(n_negatives: float = 5.0) -> Term:
    """Builds the term of skip-gram with negatives, a mean over pairs of nodes and contexts.

    ``-log s(z_u c_v) - k E_n log s(-z_u c_n)`` for a node u and its context v, in batches of
    ``sampling.windows``. E is the mean over the negatives of the walk, so the expectation is that
    of k negatives a pair, and the cost one matrix product. Mikolov et al., Distributed
    representations of words, NeurIPS 2013, equation 4; a negative may happen to be the context.

    Args:
      n_negatives: their weight k.

    Raises:
      InputError: ``n_negatives`` not above 0.
    """
    if not n_negatives > 0:
        raise InputError(f"n_negatives is {n_negatives}; give a number above 0, such as 5")

    def term(params: Params, reps: Towers, batch: Batch) -> Float[Array, ""]:
        del params  # Scores read representations alone.
        walk, near = batch.query
        walk = jnp.maximum(walk, 0)  # Padding is near nothing.
        node, context, noise = reps.query[walk], reps.item[walk], reps.item[batch.item]
        likely = jnp.einsum("bid,bjd->bij", node, context)
        unlikely = jnp.einsum("bid,bcd->bic", node, noise)
        n_contexts = jnp.sum(near, axis=2)  # [B, L]
        missed = jnp.sum(jax.nn.softplus(-likely), where=near)
        fooled = jnp.mean(jax.nn.softplus(unlikely), axis=2)  # [B, L]
        total = missed + n_negatives * jnp.sum(n_contexts * fooled)
        return total / jnp.maximum(jnp.sum(n_contexts), 1)

    return term
