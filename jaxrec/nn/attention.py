"""Attention over the edges of a graph by message passing: logits, softmax, sum.

A receiver without edges gets zeros, in values and in gradients.
"""

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Float

from jaxrec.base import Key, Params

SLOPE = 0.2
"""Of the leaky ReLU in the logits below zero."""


def softmax_sum(
    logit: Float[Array, "E"], message: Float[Array, "E d"], graph: jraph.GraphsTuple, n: int
) -> Float[Array, "R d"]:
    """Sums messages over each of ``n`` receivers, weighted by the softmax of its edges' logits.

    An edge whose receiver is ``n`` counts for nobody.

    >>> ends = {"senders": jnp.array([0, 0, 0]), "receivers": jnp.array([0, 1, 1])}
    >>> rest = dict.fromkeys(("nodes", "edges", "globals", "n_node", "n_edge"))
    >>> graph = jraph.GraphsTuple(**ends, **rest)
    >>> message = jnp.array([[1.0], [2.0], [4.0]])
    >>> softmax_sum(jnp.zeros(3), message, graph, 3).tolist()
    [[1.0], [3.0], [0.0]]
    """
    where = jnp.asarray(graph.receivers)
    peak = jax.ops.segment_max(jax.lax.stop_gradient(logit), where, n + 1)
    weight = jnp.exp(logit - peak[where])
    total = jax.ops.segment_sum(weight, where, n)[:, None]
    return jax.ops.segment_sum(weight[:, None] * message, where, n) / jnp.where(total > 0, total, 1)


def init_gatv2(key: Key, dim: int) -> Params:
    """Weights of ``gatv2`` from rows of ``dim`` to rows of ``dim``."""
    glorot, keys = jax.nn.initializers.glorot_uniform(), jax.random.split(key, 3)
    return {
        "sender": glorot(keys[0], (dim, dim)),
        "receiver": glorot(keys[1], (dim, dim)),
        "logit": glorot(keys[2], (dim, 1))[:, 0],
    }


def gatv2(
    params: Params,
    receiver: Float[Array, "R d"],
    sender: Float[Array, "S d"],
    graph: jraph.GraphsTuple,
) -> Float[Array, "R d"]:
    """``sum_s alpha_rs W_s x_s`` with ``alpha = softmax_s a . leaky_relu(W_r x_r + W_s x_s)``.

    Brody et al., How attentive are graph attention networks, ICLR 2022,
    https://arxiv.org/abs/2105.14491, equation 7, one head.

    Args:
      graph: edges from rows of ``sender`` to rows of ``receiver``.
    """
    logit, message = _gatv2_edges(params, receiver, sender, graph)
    return softmax_sum(logit, message, graph, receiver.shape[0])


def gatv2_weights(
    params: Params,
    receiver: Float[Array, "R d"],
    sender: Float[Array, "S d"],
    graph: jraph.GraphsTuple,
) -> Float[Array, "E"]:
    """The ``alpha`` of ``gatv2``: a weight an edge; those of a receiver's edges sum to 1."""
    logit, _ = _gatv2_edges(params, receiver, sender, graph)
    where = jnp.asarray(graph.receivers)
    return jnp.asarray(jraph.segment_softmax(logit, where, receiver.shape[0]))


def _gatv2_edges(params, receiver, sender, graph):
    """The logit and the message of every edge."""
    own, message = receiver @ params["receiver"], (sender @ params["sender"])[graph.senders]
    hidden = jax.nn.leaky_relu(own[graph.receivers] + message, SLOPE)
    return hidden @ params["logit"], message


def init_pool(key: Key, dim: int) -> Params:
    """Weights of ``attention_pool`` over messages and centers of ``dim``."""
    glorot, keys = jax.nn.initializers.glorot_uniform(), jax.random.split(key)
    return {
        "kernel": glorot(keys[0], (2 * dim, dim)),
        "bias": jnp.zeros(dim),
        "logit": glorot(keys[1], (dim, 1))[:, 0],
    }


def attention_pool(
    params: Params,
    center: Float[Array, "R d"],
    message: Float[Array, "E d"],
    graph: jraph.GraphsTuple,
) -> Float[Array, "R d"]:
    """``sum_e alpha_e m_e`` with ``alpha = softmax_e w . relu([m_e, c_r] W + b)``.

    Fan et al., GraphRec, WWW 2019, https://arxiv.org/abs/1902.07243, equations 7 and 8.

    Args:
      message: of every edge, in the order of the graph.
    """
    logit = _pool_logits(params, center, message, graph)
    return softmax_sum(logit, message, graph, center.shape[0])


def attention_pool_weights(
    params: Params,
    center: Float[Array, "R d"],
    message: Float[Array, "E d"],
    graph: jraph.GraphsTuple,
) -> Float[Array, "E"]:
    """The ``alpha`` of ``attention_pool``: a weight an edge; those of a receiver's edges sum to 1.

    Args:
      message: of every edge, in the order of the graph.
    """
    logit = _pool_logits(params, center, message, graph)
    return jnp.asarray(jraph.segment_softmax(logit, jnp.asarray(graph.receivers), center.shape[0]))


def _pool_logits(params, center, message, graph):
    own = center @ params["kernel"][message.shape[1] :] + params["bias"][None]
    hidden = jax.nn.relu(message @ params["kernel"][: message.shape[1]] + own[graph.receivers])
    return hidden @ params["logit"]
