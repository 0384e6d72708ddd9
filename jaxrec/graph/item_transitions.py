"""Items that follow each other in users' histories: a graph of items by sequence."""

import jraph
import numpy as np

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph.homogeneous import homogeneous


def item_transitions(
    interactions: Interactions, r: float = 0.5, max_gap_s: float | None = None
) -> jraph.GraphsTuple:
    """Builds the normalized graph of items that follow each other in histories of users.

    An edge weighs how often two items were neighbors in a history, in either order; weights are
    then normalized as ``homogeneous`` does. An item that follows itself adds nothing, and an item
    without neighbors has no edge. Histories go by time, or by position where there are no times.
    Cost O(n log n).

    Args:
      interactions: of users, or of sessions in their place.
      r: exponent of the receiver's degree; the sender's has ``1 - r``.
      max_gap_s: seconds after which the next item belongs to another session; None joins all of a
        user's.

    Raises:
      InputError: no item follows another, ``r`` out of range, or a gap without times.

    >>> user, item = np.int32([0, 0, 0, 1, 1]), np.int32([2, 0, 2, 0, 1])
    >>> graph = item_transitions(Interactions(user, item, n_users=2, n_items=3), r=1.0)
    >>> list(zip(graph.senders.tolist(), graph.receivers.tolist()))
    [(1, 0), (2, 0), (0, 1), (0, 2)]
    >>> graph.edges.round(3).tolist()  # Of item 0's three neighbors two are item 2.
    [0.3330000042915344, 0.6669999957084656, 1.0, 1.0]
    """
    if max_gap_s is not None and interactions.time is None:
        raise InputError("a gap between sessions needs times, and the interactions have none")
    order = interactions.by_time()
    user, item = interactions.user[order], interactions.item[order]
    follows = (user[1:] == user[:-1]) & (item[1:] != item[:-1])
    if max_gap_s is not None and interactions.time is not None:
        follows &= np.diff(interactions.time[order]) <= max_gap_s
    before, after = item[:-1][follows], item[1:][follows]
    if len(before) == 0:
        raise InputError("no item follows another; give users with two interactions or more")
    ends = np.append(before, after), np.append(after, before)
    return homogeneous(*ends, interactions.n_items, r, weight=np.ones(2 * len(before)))
