"""What models of friends must beat: who has many friends, and who has friends in common.

All have the form of ``Model.score`` over rows of users, so they are ranked and measured as models.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.data import Interactions
from jaxrec.evaluate.measure import EvalTask, Measured, measure, measure_baselines, ranked_lists
from jaxrec.graph import Csr, user_items
from jaxrec.ops import TableScore, bag_sum, histories, history_matrix
from jaxrec.rank import OnProgress


class SharedFriends(NamedTuple):
    """Who is linked to whom, and what each counts as a friend in common.

    Attributes:
      friends: of every user, listed with both.
      worth: of every user.
    """

    friends: Csr
    worth: Float[Array, "U"] | Float[np.ndarray, "U"]


def common_friends(links: Interactions) -> SharedFriends:
    """Scores two users by how many friends they have in common (``shared_friends``).

    Liben-Nowell & Kleinberg, The link prediction problem for social networks, CIKM 2003.

    Args:
      links: every link in both directions, users and items the same rows.
    """
    return SharedFriends(user_items(links), np.ones(links.n_users, np.float32))


def weighed_friends(links: Interactions) -> SharedFriends:
    """Scores two users by ``sum_z 1 / log(degree of z)`` over friends z in common.

    Adamic & Adar, Friends and neighbors on the Web, Social Networks 2003.

    >>> ends = np.int32([0, 1, 0, 2, 2, 3]), np.int32([1, 0, 2, 0, 3, 2])
    >>> reps = weighed_friends(Interactions(*ends, 4, 4))
    >>> [f"{x:.4f}" for x in shared_friends(reps, jnp.array([1]), jnp.arange(4))[0]]
    ['0.0000', '1.4427', '1.4427', '0.0000']

    Args:
      links: every link in both directions, users and items the same rows.
    """
    friends = user_items(links)
    degree = np.diff(friends.indptr)
    worth = np.where(degree > 1, 1 / np.log(np.maximum(degree, 2)), 0)  # One has nobody to join.
    return SharedFriends(friends, worth.astype(np.float32))


def _score(
    reps: SharedFriends, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    n_users = len(reps.worth)
    weighed = histories(reps.friends, queries, n_users) * jnp.asarray(reps.worth)[:, None]
    scores = bag_sum(reps.friends, jnp.arange(n_users), weighed).T
    return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)


def _factors(reps: SharedFriends) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    linked = history_matrix(reps.friends, len(reps.worth))
    return scipy.sparse.csr_array(linked * np.asarray(reps.worth)[None]), linked


shared_friends = TableScore(_score, _factors)
"""``(SharedFriends, queries, items) -> [B, C]``: the worth of the friends in common, summed.

Of a user with themselves that is all friends'; lists leave it out.
"""


def measure_friend_baselines(
    question: EvalTask, ks: Sequence[int], on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Degree, common neighbors and Adamic-Adar, of users ranked for users.

    Args:
      question: its interactions are links of users with users, each in both directions.
    """
    found = {"degree": measure_baselines(question, ks, on_progress)["popularity"]}
    systems = {"common_neighbors": common_friends, "adamic_adar": weighed_friends}
    for name, system in systems.items():
        reps = system(question.train)
        lists = ranked_lists(shared_friends, reps, question, max(ks), on_progress)
        found[name] = measure(lists, question, ks)
    return found
