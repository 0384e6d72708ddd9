"""Exact top-k by scoring everything, in blocks on the device."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Model, Towers
from jaxrec.evaluate import TopLists, top_lists
from jaxrec.graph import Csr


def recommend(
    model: Model,
    reps,
    users: Int[np.ndarray, "Q"],
    n_items: int,
    k: int,
    *,
    seen: Csr | None = None,
) -> TopLists:
    """The ``k`` best items of each user, best first, without those in ``seen``.

    Raises:
      InputError: a user or ``n_items`` outside the tables, which JAX would clamp silently.
    """
    if isinstance(reps, Towers):
        n_users, n_known = reps.query.shape[0], reps.item.shape[0]
        if len(users) and not 0 <= np.min(users) <= np.max(users) < n_users:
            raise InputError(
                f"user rows reach from {np.min(users)} to {np.max(users)}; "
                f"give rows of the {n_users} in reps.query"
            )
        if n_items > n_known:
            raise InputError(f"n_items is {n_items} but reps.item has {n_known} rows; give those")
    return top_lists(model.score, reps, users, n_items, k, seen=seen)


def similar(reps: Towers, items: Int[np.ndarray, "Q"], k: int) -> TopLists:
    """The ``k`` items of highest cosine to each item, itself left out; zero rows have cosine 0."""
    n_items = reps.item.shape[0]
    rows = np.arange(n_items + 1, dtype=np.int32)
    itself = Csr(rows, rows[:-1], rows[:-1])
    return top_lists(_cosine, reps.item, items, n_items, k, seen=itself)


def _cosine(
    reps: Float[Array, "I d"], queries: Int[Array, "B"], items: Int[Array, "C"]
) -> Float[Array, "B C"]:
    norm = jnp.linalg.norm(reps, axis=1, keepdims=True)
    unit = reps / jnp.where(norm > 0, norm, 1)
    return unit[queries] @ unit[items].T
