"""Deep Graph Infomax: vectors of users from a social graph alone, by mutual information.

Velickovic et al., Deep Graph Infomax, ICLR 2019, https://arxiv.org/abs/1809.10341; the readout by
degree is SR-HGNN's (``models.sr_hgnn``), which begins with these vectors.
"""

import jax
import jax.numpy as jnp
import jraph
import optax
from jaxtyping import Array, Bool, Float

from jaxrec.base import Key, Params
from jaxrec.ops import propagate

PATIENCE = 5
"""Epochs without a new minimum that end the learning of the social encoder, as in the reference."""


def social_encoder(
    key: Key, social: jraph.GraphsTuple, n_users: int, dim: int, n_epochs: int
) -> Float[Array, "U d"]:
    """What friends tell of users, by mutual information with the whole graph.

    ``h = prelu(A W + b)`` with a row of W a user, and ``s = sigmoid(sum_u w_u h_u)`` with ``w`` the
    share of degrees. ``h_u D s`` shall tell h from that of permuted rows of W, by cross-entropy
    over both; Adam at 1e-3 on all users at once. The parameters of the lowest loss are kept.

    Args:
      social: normalized, with self loops.
      n_epochs: steps at most; fewer once 5 have brought no lower loss.
    """
    key_table, key_form, key_epochs = jax.random.split(key, 3)
    glorot = jax.nn.initializers.glorot_uniform()
    params = {
        "table": glorot(key_table, (n_users, dim)),
        "bias": jnp.zeros(dim),
        "slope": jnp.float32(0.25),
        "form": glorot(key_form, (dim, dim)),
    }
    receivers = jnp.asarray(social.receivers)
    degree = jax.ops.segment_sum(jnp.ones(receivers.shape), receivers, n_users)
    share = degree / jnp.sum(degree)

    def encoded(params: Params, table: Float[Array, "U d"]) -> Float[Array, "U d"]:
        h = propagate(table, social) + params["bias"][None]
        return jnp.where(h > 0, h, params["slope"] * h)

    def loss(params: Params, key: Key) -> Float[Array, ""]:
        true = encoded(params, params["table"])
        false = encoded(params, jax.random.permutation(key, params["table"]))
        told = params["form"] @ jax.nn.sigmoid(share @ true)
        return jnp.mean(jax.nn.softplus(-true @ told)) + jnp.mean(jax.nn.softplus(false @ told))

    adam = optax.adam(1e-3)

    def goes_on(state) -> Bool[Array, ""]:
        return (state[3] < n_epochs) & (state[5] < PATIENCE)

    def step(state):
        params, opt_state, best, epoch, lowest, waited = state
        value, slope = jax.value_and_grad(loss)(params, jax.random.fold_in(key_epochs, epoch))
        better = value < lowest
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), params, best)
        updates, opt_state = adam.update(slope, opt_state, params)
        waited = jnp.where(better, 0, waited + 1)
        params = optax.apply_updates(params, updates)
        return params, opt_state, best, epoch + 1, jnp.minimum(lowest, value), waited

    first = params, adam.init(params), params, jnp.int32(0), jnp.float32(jnp.inf), jnp.int32(0)
    best = jax.lax.while_loop(goes_on, step, first)[2]
    return encoded(best, best["table"])
