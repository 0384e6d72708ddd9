"""Exponent-r filter: from a user's items to their users to those users' items; nothing is learned.

One item-item step of LightGCN, He et al., SIGIR 2020, https://arxiv.org/abs/2002.02126, with the
exponent of r-AdjNorm, Zhao et al., SIGIR 2022; LightGCN's own half is the case r = 0.5.
"""

from jaxtyping import Array, Float

from jaxrec.base import Key, Model, Params
from jaxrec.ops import History, fold_in, from_history, to_items, to_users


def filter_r(n_users: int, n_items: int) -> Model:
    """Builds the filter ``s_u = h_u D_I^-(1 - r) (R^T D_U^-1 R) D_I^-r``.

    ``h_u`` are the user's items as zeros and ones, or weighted (``History.weight``; our addition).
    The exponent r of a scored item's degree lies in the graph; a larger one makes popular
    candidates count for less, and popular items of the history for more.

    Graph: ``History(prepare(bipartite(train, r)), user_items(train))``: the receiver of an edge has
    the exponent r, as everywhere. Cost: nothing to encode; two half propagations, a column a user,
    to score.
    """

    def init(key: Key) -> Params:
        del key
        return {}

    def encode(params: Params, graph: History, *, key: Key | None = None) -> History:
        del params, key  # Nothing is learned and nothing is random.
        return graph

    def apply(reps: History, taken: Float[Array, "I B"]) -> Float[Array, "I B"]:
        return to_items(to_users(taken, reps.graph, n_users), reps.graph, n_items)

    return Model(init, encode, from_history(apply, n_items), fold_in)
