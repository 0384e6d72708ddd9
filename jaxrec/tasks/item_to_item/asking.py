"""Models asked by rows of items, and by rows of users through the last item of each."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrec.base import Model
from jaxrec.data import Interactions
from jaxrec.evaluate import itself


def by_items(model: Model, reps: Any, n_items: int) -> tuple[Model, Any]:
    """The model and its representations, asked by rows of items.

    A model that recommends to new users is asked about an item as about a user who has it alone;
    one that does not has items for queries already.
    """
    return model, reps if model.fold_in is None else model.fold_in(reps, itself(n_items))


def by_users(model: Model, reps: Any, histories: Interactions) -> tuple[Model, Any]:
    """The model and its representations, asked by rows of users: about the last item of each.

    The last is by time, or without times by place in the file; users without items are asked about
    item row 0.
    """
    model, reps = by_items(model, reps, histories.n_items)
    order = histories.by_time()
    last = np.zeros(histories.n_users, np.int32)
    last[histories.user[order]] = histories.item[order]  # Of a user's items the last one stays.
    return model._replace(score=_of_last(model.score)), (reps, jnp.asarray(last))


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _of_last(score: Callable[..., Any]) -> Callable[..., Float[Any, "B C"]]:
    def of_rows(reps: tuple[Any, Any], rows: Any, items: Any) -> Any:
        inner, last = reps
        return score(inner, last[rows], items)

    return of_rows
