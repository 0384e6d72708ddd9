"""Matrix factorization with biases, for ratings.

Koren, Bell and Volinsky, Matrix factorization techniques for recommender systems, IEEE Computer
2009, https://doi.org/10.1109/MC.2009.263
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.graph import Rated
from jaxrec.ops import dot


def biased_mf(n_users: int, n_items: int, dim: int = 64, init_scale: float = 0.1) -> Model:
    """Builds ``r_ui = mean + b_u + b_i + p_u . q_i`` (equation 4).

    The last column of both tables is the bias. So ``train.l2_rows`` holds ``b_u^2 + b_i^2 +
    |p_u|^2 + |q_i|^2``, and ``losses.squared_error`` plus ``l2 * l2_rows`` is equation 5, with l2
    twice its lambda because ``l2_rows`` is half the sum. It weighs a row by its number of ratings;
    ``train.l2_tables`` weighs every row once, as the shrinkage of biases does.

    Graph: ``graph.rated(train)``, which holds the mean. Biases begin at 0, and vectors of users and
    items without a training rating read as 0: the score of a new user is ``mean + b_i``, that of a
    new item ``mean + b_u``. Representations are ``Embeddings`` of ``dim + 2`` numbers,
    whose inner product is the rating. Cost: nothing to encode.

    Args:
      dim: numbers in each user's and item's vector; 0 leaves the biases alone.
      init_scale: standard deviation of the normal initial vectors.
    """
    normal = jax.nn.initializers.normal(init_scale)

    def table(key: Key, n_rows: int) -> Float[Array, "N d"]:
        return jnp.pad(normal(key, (n_rows, dim)), ((0, 0), (0, 1)))

    def init(key: Key) -> Params:
        key_user, key_item = jax.random.split(key)
        return {"user": table(key_user, n_users), "item": table(key_item, n_items)}

    def encode(params: Params, graph: Rated, *, key: Key | None = None) -> Embeddings:
        del key  # Nothing is random.
        user, user_bias = vectors_and_biases(params["user"], graph.user)
        item, item_bias = vectors_and_biases(params["item"], graph.item)
        query = jnp.concatenate([user, graph.mean + user_bias, jnp.ones_like(user_bias)], axis=1)
        return Embeddings(query, jnp.concatenate([item, jnp.ones_like(item_bias), item_bias], 1))

    return Model(init, encode, dot)


def bias_start(
    model: Model, user_bias: Float[np.ndarray, "U"], item_bias: Float[np.ndarray, "I"]
) -> Model:
    """``biased_mf`` whose biases begin at these, such as those of ``evaluate.tuned_biases``.

    Where most items have one or two ratings, as in Ciao and Epinions, vectors fit noise before
    biases that begin at 0 are learned, and the model loses to biases alone.
    """

    def init(key: Key) -> Params:
        params = model.init(key)
        user, item = params["user"], params["item"]
        return {"user": user.at[:, -1].set(user_bias), "item": item.at[:, -1].set(item_bias)}

    return model._replace(init=init)


def vectors_and_biases(
    table: Float[Array, "N d"], rated: Bool[Array, "N"] | Bool[np.ndarray, "N"]
) -> tuple[Float[Array, "N d-1"], Float[Array, "N 1"]]:
    """A table whose last column are biases, apart; vectors of rows without ratings are 0."""
    return jnp.where(jnp.asarray(rated)[:, None], table[:, :-1], 0), table[:, -1:]
