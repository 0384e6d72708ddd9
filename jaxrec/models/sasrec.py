"""SASRec: self-attention over the items of a history.

Kang and McAuley, Self-attentive sequential recommendation, ICDM 2018,
https://arxiv.org/abs/1808.09781
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import SessionQuery
from jaxrec.models.srgnn import check_sizes
from jaxrec.models.triples import products
from jaxrec.ops import by_width, check_rate, dropout as drop_out, keys_of, last_positions, latest


class DroppedReps(NamedTuple):
    """What scoring reads of a model of sessions that has dropout.

    Attributes:
      item: vectors of candidates.
      weights: the parameters that make a vector of a session.
      key: of dropout; None for none.
    """

    item: Float[Array, "I d"]
    weights: Params
    key: Key | None


def sasrec(
    n_items: int,
    dim: int = 64,
    n_layers: int = 2,
    n_heads: int = 1,
    max_length: int = 50,
    dropout: float = 0.2,
) -> Model:
    """Builds SASRec (equations 1 to 5 and 7): the score is ``f . m_i``, m the table of items.

    f is the vector at the last position after ``n_layers`` blocks ``x + attention(norm(x))``, then
    ``x + W_2 relu(W_1 norm(x))``; each item attends to itself and to those before it. Queries are
    ``graph.SessionQuery``, of histories that need not be in training; an empty one scores 0 with
    all items.

    Differences from the paper: attention is flax's, with biases and a matrix behind the heads; f is
    normalized, as in the authors' code; and each training prefix is a history of its own whose
    positions count from its end, where the paper learns from all positions of a history at once,
    with one negative each and binary cross-entropy.

    Graph: none. Cost a batch: ``B L n_layers dim (6 dim + 2 L)`` for histories of up to L items,
    and ``B C dim`` for C candidates.

    Args:
      dim: width of item vectors and of the network.
      n_layers: blocks of self-attention.
      n_heads: parts of a vector that attend for themselves; ``dim`` is a multiple of it.
      max_length: latest items of a history that the model reads.
      dropout: chance of an entry to be 0, of inputs, attention and both parts of a block.

    Raises:
      InputError: a number out of range, or ``dim`` that heads do not divide.
    """
    check_sizes(n_layers, max_length)
    check_rate("dropout", dropout)
    if n_heads < 1 or dim % n_heads:
        raise InputError(f"n_heads is {n_heads} and dim {dim}; give heads that divide dim")

    def init(key: Key) -> Params:
        key_item, key_position, *keys = jax.random.split(key, 2 + n_layers)
        normal = lambda key, n_rows: 0.02 * jax.random.normal(key, (n_rows, dim))
        return {
            "item": normal(key_item, n_items),
            "position": normal(key_position, max_length),
            "blocks": {str(n): _init_block(keys[n], dim, n_heads) for n in range(n_layers)},
            "norm": _of("LayerNorm").init(key, jnp.zeros(dim))["params"],
        }

    def encode(params: Params, graph: None, *, key: Key | None = None) -> DroppedReps:
        del graph  # Histories are in the queries.
        return DroppedReps(params["item"], params, key if dropout else None)

    def history(reps: DroppedReps, queries: SessionQuery) -> Float[Array, "B d"]:
        weights, (item, mask) = reps.weights, queries
        length = jnp.sum(mask, axis=1, keepdims=True)
        back = jnp.maximum(length - 1 - jnp.arange(item.shape[1])[None], 0)
        key_input, *keys = keys_of(reps.key, 1 + n_layers)
        x = drop_out(weights["item"][item] + weights["position"][back], dropout, key_input)
        for n in range(n_layers):
            x = _block(weights["blocks"][str(n)], x, mask, n_heads, dropout, keys[n])
        last = x[jnp.arange(len(x)), last_positions(queries)]
        return jnp.where(mask[:, :1], _apply("LayerNorm", weights["norm"], last), 0)

    def score(
        reps: DroppedReps, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        return products(by_width(history, reps, latest(queries, max_length)), reps.item, items)

    return Model(init, encode, score)


def _block(weights: Params, x, mask, n_heads: int, rate: float, key: Key | None):
    """One block (equations 2 to 5, and section III.B on residuals, norm and dropout)."""
    before = jnp.tril(jnp.ones((x.shape[1], x.shape[1]), bool))
    key_weight, key_attended, key_moved = keys_of(key, 3)
    h = _apply("LayerNorm", weights["norm_attention"], x)
    h = _of("MultiHeadDotProductAttention", n_heads, dropout_rate=rate).apply(
        {"params": weights["attention"]},
        h,
        mask=mask[:, None, None] & before[None, None],
        deterministic=key is None,
        dropout_rng=key_weight,
    )
    x = x + drop_out(h, rate, key_attended)
    h = _apply("LayerNorm", weights["norm_dense"], x)
    h = jax.nn.relu(_apply("Dense", weights["inner"], h, x.shape[2]))
    return x + drop_out(_apply("Dense", weights["outer"], h, x.shape[2]), rate, key_moved)


def _init_block(key: Key, dim: int, n_heads: int) -> Params:
    keys, x = jax.random.split(key, 5), jnp.zeros((1, 1, dim))
    layers = {
        "attention": _of("MultiHeadDotProductAttention", n_heads),
        "inner": _of("Dense", dim),
        "outer": _of("Dense", dim),
        "norm_attention": _of("LayerNorm"),
        "norm_dense": _of("LayerNorm"),
    }
    named = zip(layers.items(), keys, strict=True)
    return {name: layer.init(key, x)["params"] for (name, layer), key in named}


def _apply(kind: str, weights: Params, x: Array, *sizes: int) -> Any:
    return _of(kind, *sizes).apply({"params": weights}, x)


def _of(kind: str, *sizes: int, **options: Any) -> Any:
    """A layer of flax."""
    from flax import linen  # Takes 0.3 s, and most models do without.

    return getattr(linen, kind)(*sizes, **options)
