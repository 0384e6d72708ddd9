"""Terms of SR-HGNN's loss beside squared error: levels of a rating, and friends, are ranked."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Batch, InputError, Key, Params
from jaxrec.models.sr_hgnn import LevelReps, nearest_level
from jaxrec.nn import mlp
from jaxrec.sampling import uniform_negatives


def levels_ranked(params: Params, reps: LevelReps, batch: Batch) -> Float[Array, ""]:
    """``-log sigmoid(w([u, v_c]) - w([u, v_d]))``: the given level c above another, drawn, level d.

    Mean over the batch's ratings; 0 where there is one level alone.

    Raises:
      InputError: representations that were encoded without a key.
    """
    del params
    n_levels = reps.level.shape[1]
    if n_levels == 1:
        return jnp.zeros(())
    item, valid = batch.item[:, 0], batch.mask[:, 0]
    given = nearest_level(batch, reps.levels)
    step = jax.random.randint(_key(reps, 0), given.shape, 1, n_levels)
    other = (given + step) % n_levels
    user = reps.head.user[batch.query]
    return _ranked(reps.cross, user, reps.level[item, given], reps.level[item, other], valid)


def friends_ranked(params: Params, reps: LevelReps, batch: Batch) -> Float[Array, ""]:
    """``-log sigmoid(w([u, f]) - w([u, f']))``: a friend f above f', who is none, both drawn.

    Mean over those of the batch's users who have friends and are not everyone's friend; the
    reference has the mean over all links of the batch's users.

    Raises:
      InputError: representations that were encoded without a key.
    """
    del params
    friends, user, n_users = reps.friends, batch.query, reps.head.user.shape[0]
    start = jnp.asarray(friends.indptr)[user]
    degree = jnp.asarray(friends.indptr)[user + 1] - start - 1  # Without the user.
    drawn = jax.random.randint(_key(reps, 1), user.shape, 0, jnp.maximum(degree, 1))
    last = len(friends.indices) - 1
    friend = jnp.asarray(friends.indices)[jnp.minimum(start + drawn, last)]
    after = jnp.asarray(friends.indices)[jnp.minimum(start + drawn + 1, last)]
    friend = jnp.where(friend >= user, after, friend)  # The user stands among their friends.
    stranger, there = uniform_negatives(_key(reps, 2), friends, user, n_users, 1)
    valid = batch.mask[:, 0] & (degree > 0) & there[:, 0]
    row = reps.head.user
    return _ranked(reps.link, row[user], row[friend], row[stranger[:, 0]], valid)


def _key(reps: LevelReps, purpose: int) -> Key:
    if reps.key is None:
        raise InputError("the terms of sr_hgnn draw by a key; encode with a key")
    return jax.random.fold_in(reps.key, purpose)


def _ranked(layers: list[Params], user, positive, negative, valid) -> Float[Array, ""]:
    scores = [
        mlp(layers, jnp.concatenate([user, one], axis=1))[:, 0] for one in (positive, negative)
    ]
    loss = jax.nn.softplus(scores[1] - scores[0])
    return jnp.sum(loss, where=valid) / jnp.maximum(jnp.sum(valid), 1)
