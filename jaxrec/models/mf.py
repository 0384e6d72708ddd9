"""Matrix factorization: one vector a user, one an item.

Rendle et al., BPR, UAI 2009, https://arxiv.org/abs/1205.2618, section 4.3.1.
"""

import jax

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.ops import dot


def mf(n_users: int, n_items: int, dim: int = 64, init_scale: float = 0.1) -> Model:
    """Builds matrix factorization; the score is the inner product of two table rows.

    Graph: none. Cost: nothing to encode.

    Args:
      dim: numbers in each user's and item's vector.
      init_scale: standard deviation of the normal initial tables.
    """
    normal = jax.nn.initializers.normal(init_scale)

    def init(key: Key) -> Params:
        key_user, key_item = jax.random.split(key)
        return {
            "user": normal(key_user, (n_users, dim)),
            "item": normal(key_item, (n_items, dim)),
        }

    def encode(params: Params, graph: None = None, *, key: Key | None = None) -> Embeddings:
        del graph, key  # MF reads no graph and has nothing random.
        return Embeddings(params["user"], params["item"])

    return Model(init, encode, dot)


def check_layers(n_layers: int) -> None:
    """Refuses fewer layers over these tables than none, which is this model.

    Raises:
      InputError: names the number.
    """
    if n_layers < 0:
        raise InputError(f"n_layers is {n_layers}; give 0 (matrix factorization) or more")
