"""Matrix factorization with biases, for ratings.

Koren, Bell and Volinsky, Matrix factorization techniques for recommender systems, IEEE Computer
2009, https://doi.org/10.1109/MC.2009.263
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxrec.base import Batch, Key, Model, Params
from jaxrec.graph import Rated
from jaxrec.ops import dot


class BiasedReps(NamedTuple):
    """Vectors of ``dim + 2`` numbers, whose inner product is the rating.

    Attributes:
      rated: what ``ridge_vectors`` and ``ridge_biases`` read.
    """

    query: Float[Array, "U d"]
    item: Float[Array, "I d"]
    rated: Rated


def biased_mf(
    rated: Rated, n_users: int, n_items: int, dim: int = 64, init_scale: float = 0.1
) -> Model:
    """Builds ``r_ui = mean + b_u + b_i + p_u . q_i`` (equation 4).

    The last column of both tables is the bias, which begins where ``rated`` says. Train it with
    ``ridge_biases`` and ``ridge_vectors``, which weigh every row once; equation 5 weighs a row by
    its number of ratings, as ``train.l2_rows`` does. Where most items have one or two ratings, as
    in Ciao and Epinions, that shrinks biases hardly at all, and the model loses to shrunken biases.

    Graph: ``graph.rated(train)``. Vectors of users and items without a training rating read as 0:
    the score of a new user is ``mean + b_i``, that of a new item ``mean + b_u``. Cost: nothing to
    encode.

    Args:
      dim: numbers in each user's and item's vector; 0 leaves the biases alone.
      init_scale: standard deviation of the normal initial vectors.
    """
    normal = jax.nn.initializers.normal(init_scale)

    def init(key: Key) -> Params:
        key_user, key_item = jax.random.split(key)
        sizes = {"user": (key_user, n_users), "item": (key_item, n_items)}
        vectors = {name: normal(key, (n, dim)) for name, (key, n) in sizes.items()}
        biases = {"user": rated.user_bias, "item": rated.item_bias}
        return {name: with_bias(vectors[name], biases[name]) for name in sizes}

    def encode(params: Params, graph: Rated, *, key: Key | None = None) -> BiasedReps:
        del key  # Nothing is random.
        user, user_bias = vectors_and_biases(params["user"], graph.user)
        item, item_bias = vectors_and_biases(params["item"], graph.item)
        query = jnp.concatenate([user, graph.mean + user_bias, jnp.ones_like(user_bias)], axis=1)
        item = jnp.concatenate([item, jnp.ones_like(item_bias), item_bias], axis=1)
        return BiasedReps(query, item, graph)

    return Model(init, encode, dot)


def ridge_biases(params: Params, reps, batch: Batch) -> Float[Array, ""]:
    """``(shrink_user |b_U|^2 + shrink_item |b_I|^2) / n_ratings`` of the last columns.

    Beside the mean squared error it is ridge regression, whose solution without vectors
    ``evaluate.shrunken_biases`` has: biases that begin there stay there but for what vectors add.
    """
    del batch  # Every row counts once, whichever ratings are drawn.
    rated: Rated = reps.rated
    user, item = (jnp.sum(params[name][:, -1] ** 2) for name in ("user", "item"))
    return (rated.shrink_user * user + rated.shrink_item * item) / rated.n_ratings


def ridge_vectors(params: Params, reps, batch: Batch) -> Float[Array, ""]:
    """``(|P|^2 + |Q|^2) / n_ratings`` of all columns but the last: every row counts once."""
    del batch
    return _squares(params, slice(-1)) / reps.rated.n_ratings


def ridge_tables(params: Params, reps, batch: Batch) -> Float[Array, ""]:
    """``(|P|^2 + |Q|^2) / n_ratings`` of tables without biases: every row counts once."""
    del batch
    return _squares(params, slice(None)) / reps.rated.n_ratings


def _squares(params: Params, columns: slice) -> Float[Array, ""]:
    return sum((jnp.sum(params[name][:, columns] ** 2) for name in ("user", "item")), jnp.zeros(()))


def with_bias(
    vectors: Float[Array, "N d"], bias: Float[Array, "N"] | Float[np.ndarray, "N"]
) -> Float[Array, "N d+1"]:
    """A table of vectors whose last column are biases."""
    return jnp.concatenate([vectors, jnp.asarray(bias)[:, None]], axis=1)


def vectors_and_biases(
    table: Float[Array, "N d"], rated: Bool[Array, "N"] | Bool[np.ndarray, "N"]
) -> tuple[Float[Array, "N d-1"], Float[Array, "N 1"]]:
    """A table whose last column are biases, apart; vectors of rows without ratings are 0."""
    return jnp.where(jnp.asarray(rated)[:, None], table[:, :-1], 0), table[:, -1:]
