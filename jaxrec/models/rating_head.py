"""A rating from the vectors of a user and an item by dense layers, beside the biases of both.

Without biases, dense layers lose to two numbers a row where most items have one or two ratings, as
in Ciao and Epinions. They are ours: papers of graph models predict by the layers alone.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Params
from jaxrec.graph import Rated
from jaxrec.nn import dense, init_mlp, mlp


class RatingReps(NamedTuple):
    """What ``rating_score`` reads.

    Attributes:
      user, item: vectors; those of who has nothing to be known by are 0.
      user_bias: with the mean rating in it.
      user_known, item_known: 1 where layers count, 0 where the rating is the biases alone.
      head: dense layers over the vectors of a user and an item, side by side.
      rated: of the training ratings; what terms on tables read.
    """

    user: Float[Array, "U d"]
    item: Float[Array, "I d"]
    user_bias: Float[Array, "U"]
    item_bias: Float[Array, "I"]
    user_known: Float[Array, "U"]
    item_known: Float[Array, "I"]
    head: list[Params]
    rated: Rated


def init_head(key: Key, *widths: int) -> list[Params]:
    """Dense layers from these widths to a number, which is 0 at first: ratings are biases then."""
    layers = init_mlp(key, *widths, 1)
    layers[-1]["kernel"] = jnp.zeros_like(layers[-1]["kernel"])
    return layers


def rating_score(
    reps: RatingReps, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """``mean + b_u + b_i + head([v_u, v_i])``; the layers are left out where one is not known.

    Items are shared ``[C]`` or listed ``[B, C]``; shared ones are scored a query at a time.
    """
    first, rest = reps.head[0], reps.head[1:]
    width = reps.user.shape[1]
    own = reps.user[queries] @ first["kernel"][:width]  # [B, h]
    other = dense(first | {"kernel": first["kernel"][width:]}, reps.item[items])  # [.., h]

    def scores(own: Float[Array, "h"], other: Float[Array, "C h"]) -> Float[Array, "C"]:
        return mlp(rest, jax.nn.relu(own[None] + other))[:, 0]

    if items.ndim == 1:
        found = jax.lax.map(lambda one: scores(one, other), own)
    else:
        found = jax.vmap(scores)(own, other)
    of_user = lambda column: column[queries][:, None]  # [B, 1]
    of_item = lambda column: column[items].reshape(-1, items.shape[-1])  # [1, C] or [B, C]
    known = of_user(reps.user_known) * of_item(reps.item_known)
    return of_user(reps.user_bias) + of_item(reps.item_bias) + known * found


def ratings_by_level(rating: Float[np.ndarray, "n"]) -> tuple[Any, Any]:
    """The distinct ratings, ascending, and of every rating its place among them."""
    levels, level = np.unique(rating, return_inverse=True)
    return levels.astype(np.float32), level.astype(np.int32)
