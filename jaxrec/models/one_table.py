"""Models of users and items on a network of users alone: both are rows of one table."""

from functools import lru_cache
from typing import Any

from jaxrec.base import Key, Model, Params


@lru_cache(maxsize=16)  # One model for one: what JAX compiled of its functions serves again.
def one_table(model: Model) -> Model:
    """Builds the model whose items are its users: table ``item`` is table ``user``.

    Links between users are interactions of users with users, each in both directions. The
    bipartite graph of these is the network twice, so ``lightgcn`` of it is LightGCN on the network,
    and ``mf`` a symmetric factorization. Cost: that of the model.

    Args:
      model: of as many items as users, with tables ``user`` and ``item``.
    """

    def init(key: Key) -> Params:
        return {name: table for name, table in model.init(key).items() if name != "item"}

    def encode(params: Params, graph: Any = None, *, key: Key | None = None) -> Any:
        return model.encode(params | {"item": params["user"]}, graph, key=key)

    return model._replace(init=init, encode=encode, fold_in=None)
