"""Titles of news as vectors: a convolution over their words, beside what else is known of them.

Kim, Convolutional neural networks for sentence classification, EMNLP 2014,
https://arxiv.org/abs/1408.5882
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Params
from jaxrec.nn import dense, init_mlp

WINDOW = 3
"""Words that a filter of the convolution reads: one, and its neighbors."""


def init_titles(key: Key, n_words: int, word_dim: int, n_features: int, dim: int) -> Params:
    """Weights of ``encode_titles``; without words no convolution."""
    key_word, key_conv, key_dense = jax.random.split(key, 3)
    params: Params = {}
    if n_words:
        params["word"] = jax.nn.initializers.normal(0.1)(key_word, (n_words, word_dim))
        params["conv"] = _conv(dim).init(key_conv, jnp.zeros((1, WINDOW, word_dim)))["params"]
    width = dim * bool(n_words) + n_features
    if not width:  # News of which nothing is known: no scale can be drawn for no input.
        return params | {"dense": {"kernel": jnp.zeros((0, dim)), "bias": jnp.zeros(dim)}}
    return params | {"dense": init_mlp(key_dense, width, dim)[0]}


def encode_titles(
    params: Params, word: Int[Array, "I T"], vector: Float[Array, "I F"]
) -> Float[Array, "I d"]:
    """``relu([c, x] W + b)``, x what is known and c the largest of every filter over the title.

    ``c = max_t relu(sum_k w_(t + k - 1) K_k + b)`` over the words of the title, k of ``WINDOW``;
    beyond its ends words are 0. A title without words has c = 0. Each word meets ``K_k`` once,
    wherever it stands.

    Args:
      word: rows of the table of words from 1; 0 pads, behind the title.
    """
    parts = []
    if "word" in params:
        kernel, bias = params["conv"]["kernel"], params["conv"]["bias"]
        real = (word > 0)[..., None]
        moved = jnp.pad(word, ((0, 0), (WINDOW // 2, WINDOW // 2)))
        total = jnp.broadcast_to(bias, (*word.shape, len(bias)))
        for k in range(WINDOW):
            table = jnp.pad(params["word"] @ kernel[k], ((1, 0), (0, 0)))  # Row 0 pads.
            total = total + table[moved[:, k : k + word.shape[1]]]
        largest = jnp.max(jnp.where(real, jax.nn.relu(total), 0), axis=1, initial=0)
        parts.append(largest)
    return jax.nn.relu(dense(params["dense"], *parts, vector))


def _conv(dim: int) -> Any:
    from flax import linen  # Takes 0.3 s, and most models do without.

    return linen.Conv(dim, (WINDOW,))
