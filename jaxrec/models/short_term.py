"""Short-term interest: the latest clicks as a candidate and a recurrent network see them.

Hu et al., GNewsRec, IP&M 2020, https://arxiv.org/abs/1910.14025, section 4.3. The states of its
network are brought together by windows of two, and the largest of every filter is kept; the
reference code also moves its windows over the width of the states.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxrec.base import Key, Params
from jaxrec.nn import dense, init_mlp
from jaxrec.ops.masked import masked_softmax


def init_short_term(key: Key, dim: int) -> Params:
    """Weights of ``short_term_interest``."""
    glorot = jax.nn.initializers.glorot_uniform()
    keys = iter(jax.random.split(key, 9))
    attention = lambda: {
        "key": glorot(next(keys), (dim, dim)),
        "query": glorot(next(keys), (dim, dim)),
        "logit": glorot(next(keys), (dim, 1))[:, 0],
    }
    cell = _cell(dim)
    state = jnp.zeros((1, dim)), jnp.zeros((1, dim))
    return {
        "content": attention(),
        "states": attention(),
        "lstm": cell.init(next(keys), state, jnp.zeros((1, dim)))["params"],
        "window": init_mlp(next(keys), 2 * dim, dim)[0],
        "dense": init_mlp(next(keys), 2 * dim, dim)[0],
    }


def short_term_interest(
    params: Params,
    clicked: Float[Array, "K d"],
    mask: Bool[Array, "K"],
    candidate: Float[Array, "C d"],
    left_out: Bool[Array, "C K"],
) -> Float[Array, "C d"]:
    """``relu([f_1, f_2] W + b)`` of one user for each candidate.

    ``f_1`` is the attention over the clicks that the candidate asks for, ``f_2`` what an attentive
    LSTM makes of them in their order. A click that is left out is as if it had not been: at most
    one a candidate, so that the network runs ``K + 1`` times at most.

    Args:
      clicked: vectors of the latest clicks, the oldest first.
      mask: False marks padding, behind the clicks.
      left_out: clicks that a candidate does not see.
    """
    kept = mask[None] & ~left_out
    n_clicks = mask.shape[0]
    f_1 = additive_attention(params["content"], clicked, candidate, kept)
    if candidate.shape[0] <= n_clicks + 1:
        f_2 = attentive_states(params, clicked, kept)
    else:
        one_less = mask[None] & ~jnp.eye(n_clicks + 1, n_clicks, dtype=bool)  # The last has all.
        place = jnp.where(left_out.any(1), jnp.argmax(left_out, 1), n_clicks)
        f_2 = attentive_states(params, clicked, one_less)[place]
    return jax.nn.relu(dense(params["dense"], f_1, f_2))


def additive_attention(
    params: Params,
    value: Float[Array, "K d"],
    query: Float[Array, "C d"],
    mask: Bool[Array, "C K"],
) -> Float[Array, "C d"]:
    """``sum_j a_j c_j``, ``a = softmax_j v . tanh(c_j W_1 + q W_2)``; 0 where all are masked."""

    def one(query: Float[Array, "d"], mask: Bool[Array, "K"]) -> Float[Array, "d"]:
        asked = jnp.broadcast_to(query, keys.shape)
        return masked_softmax(jnp.tanh(keys + asked) @ params["logit"], mask) @ value

    keys = value @ params["key"]
    return jax.vmap(one)(query @ params["query"], mask)


def attentive_states(
    params: Params, clicked: Float[Array, "K d"], kept: Bool[Array, "n K"]
) -> Float[Array, "n d"]:
    """The largest of every filter over windows of two attentive states, for each choice of clicks.

    State t is the attention over the states of the LSTM up to t, asked for by the last of them.
    """
    n, n_clicks = kept.shape
    dim = clicked.shape[1]
    cell = _cell(dim)

    def one(state, position):
        x, real = position
        moved, _ = cell.apply({"params": params["lstm"]}, state, jnp.broadcast_to(x, (n, dim)))
        state = jax.tree.map(lambda new, old: jnp.where(real[:, None], new, old), moved, state)
        return state, state[1]

    start = jnp.zeros((n, dim)), jnp.zeros((n, dim))
    hidden = jnp.swapaxes(jax.lax.scan(one, start, (clicked, kept.T))[1], 0, 1)  # [n, K, d]
    so_far = jnp.tril(jnp.ones((n_clicks, n_clicks), bool))
    read = lambda h, kept: additive_attention(params["states"], h, h, so_far & kept[None])
    states = jax.vmap(read)(hidden, kept)
    before = jnp.pad(states, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    windows = jax.nn.relu(dense(params["window"], before, states))
    return jnp.max(jnp.where(kept[..., None], windows, 0), axis=1)


def _cell(dim: int) -> Any:
    from flax import linen  # Takes 0.3 s, and most models do without.

    return linen.OptimizedLSTMCell(dim)
