"""What models read of clients, stacked by bucket; rows are those of ``Clients``."""

from typing import Any

import jraph
import numpy as np

from jaxrec.data import Interactions
from jaxrec.federated.clients import Sizes
from jaxrec.graph import Rated, rated, ratings
from jaxrec.models.fesog import EgoGraph


def no_graphs(train: Interactions, sizes: Sizes) -> None:
    """Of models without graph, such as ``mf``."""
    del train, sizes


def rated_graphs(train: Interactions, sizes: Sizes) -> Rated:
    """Of ``biased_mf``: all rows of a client count as rated; the mean is that of all ratings."""
    known, n = rated(train), len(sizes.items)
    shapes = (n, sizes.max_friends + 2), (n, sizes.max_items + sizes.n_pseudo)
    of_each: Any = lambda value: np.full(n, value, np.float32)  # A number of every client.
    return Rated(
        *(np.ones(shape, bool) for shape in shapes),
        mean=of_each(known.mean),
        n_ratings=of_each(known.n_ratings),
        user_bias=np.zeros(shapes[0], np.float32),  # Biases are in the parameters.
        item_bias=np.zeros(shapes[1], np.float32),
        shrink_user=of_each(known.shrink_user),
        shrink_item=of_each(known.shrink_item),
    )


def ego_graphs(train: Interactions, sizes: Sizes) -> EgoGraph:
    """Of ``fesog``: edges from the rated items and from the friends to the user, row 0."""
    rating, last = np.asarray(ratings(train).rating), sizes.max_friends + 1
    middle: Any = np.full(len(sizes.items), (rating.min() + rating.max()) / 2, np.float32)
    return EgoGraph(
        _to_first(np.arange(sizes.max_items), sizes.items, last),
        _to_first(np.arange(1, sizes.max_friends + 1), sizes.friends, last),
        middle,
    )


def _to_first(senders, count, last: int) -> jraph.GraphsTuple:
    """Edges to row 0, as many as ``count`` says of each client; the rest end in the last row."""
    there = np.arange(len(senders)) < count[:, None]
    arrays: dict[str, Any] = {  # Typed as device arrays by jraph; host arrays serve as well.
        "nodes": None,
        "edges": None,
        "senders": np.broadcast_to(senders.astype(np.int32), there.shape).copy(),
        "receivers": np.where(there, 0, last).astype(np.int32),
        "globals": None,
        "n_node": np.full((len(count), 1), last + 1, np.int32),
        "n_edge": np.full((len(count), 1), len(senders), np.int32),
    }
    return jraph.GraphsTuple(**arrays)
