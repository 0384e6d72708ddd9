"""Exponent-r filter: from a user's items to their users to those users' items; nothing is learned.

One item-item step of LightGCN, He et al., SIGIR 2020, https://arxiv.org/abs/2002.02126, with the
exponent of r-AdjNorm, Zhao et al., SIGIR 2022; LightGCN's own half is the case r = 0.5.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import (
    History,
    ItemTable,
    TableScore,
    fold_in,
    from_history,
    history_matrix,
    largest_products,
    table_sums,
    to_items,
    to_users,
)


def filter_r(n_users: int, n_items: int) -> Model:
    """Builds the filter ``s_u = h_u D_I^-(1 - r) (R^T D_U^-1 R) D_I^-r``.

    ``h_u`` are the user's items as zeros and ones, or weighted (``History.weight``; our addition).
    The exponent r of a scored item's degree lies in the graph; a larger one makes popular
    candidates count for less, and popular items of the history for more.

    Graph: ``History(prepare(bipartite(train, r)), user_items(train))``: the receiver of an edge has
    the exponent r, as everywhere; or, in place of the graph, the filter's largest entries,
    ``filter_table``. Cost: nothing to encode; to score, two half propagations, a column a user, or
    as many rows of the table as the user has items.
    """

    def init(key: Key) -> Params:
        del key
        return {}

    def encode(params: Params, graph: History, *, key: Key | None = None) -> History:
        del params, key  # Nothing is learned and nothing is random.
        return graph

    def apply(reps: History, taken: Float[Array, "I B"]) -> Float[Array, "I B"]:
        return to_items(to_users(taken, reps.graph, n_users), reps.graph, n_items)

    whole = from_history(apply, n_items)

    def score(
        reps: History, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        if not isinstance(reps.graph, ItemTable):
            return whole(reps, queries, items)
        scores = table_sums(reps.likes, queries, reps.graph, reps.weight)
        return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)

    def factors(reps: History):
        if not isinstance(reps.graph, ItemTable):
            return None
        return history_matrix(reps.likes, n_items, reps.weight), reps.graph.matrix()

    return Model(init, encode, TableScore(score, factors), fold_in)


def filter_table(likes: Csr, n_items: int, r: float, n_neighbors: int) -> ItemTable:
    """The largest entries of every row of ``D_I^-(1 - r) (R^T D_U^-1 R) D_I^-r``.

    A row is an item of a history, its columns are the items that it speaks for. With as many
    entries as items the filter is whole. Cost ``sum_u deg_u^2`` multiply-adds, on the host.
    """
    by_user = history_matrix(likes, n_items)
    by_item = by_user.T.tocsr()
    n_users_of, n_items_of = np.diff(by_item.indptr), np.diff(by_user.indptr)
    by_user.data = np.repeat(1 / np.maximum(n_items_of, 1), n_items_of).astype(np.float32)
    degree = np.maximum(n_users_of, 1).astype(np.float32)
    of_row, of_column = degree ** (r - 1), degree**-r
    weigh = lambda row, column, both: both * of_row[row] * of_column[column]
    return largest_products(by_item, by_user, min(n_neighbors, n_items), weigh)
