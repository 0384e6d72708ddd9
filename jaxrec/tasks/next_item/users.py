"""A model of sessions as a model of users, whose histories are the sessions."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrec.base import Model
from jaxrec.data import Interactions
from jaxrec.graph import SessionQuery, pad_prefixes, sessions

MAX_LENGTH = 128
"""Latest items of a history that a list is made from."""


def by_rows(model: Model, reps: Any, histories: Interactions) -> tuple[Model, Any]:
    """The same model with rows of users for queries, so that it lists items as any other does.

    Its representations also hold the latest items of every user, in which ``score`` looks rows up.
    A user without items has an empty session.
    """
    n_users = histories.n_users
    found = sessions(histories.user, histories.item, histories.n_items, histories.time)
    length, first = np.zeros(n_users, np.int32), np.zeros(n_users, np.int32)
    length[found.owner], first[found.owner] = np.diff(found.indptr), np.arange(len(found.owner))
    width = int(np.clip(length.max(), 1, MAX_LENGTH))
    table = jax.tree.map(jnp.asarray, pad_prefixes(found, first, length, width))
    return model._replace(score=_score_rows(model.score)), (reps, table)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score_rows(score: Callable[..., Any]) -> Callable[..., Float[Any, "B C"]]:
    def of_rows(reps: tuple[Any, SessionQuery], rows: Any, items: Any) -> Any:
        inner, table = reps
        return score(inner, jax.tree.map(lambda column: column[rows], table), items)

    return of_rows
