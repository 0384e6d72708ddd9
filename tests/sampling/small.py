"""Six users, six items, and bounds on frequencies."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions
from jaxrec.graph import user_items

N_ITEMS = 6
HAS = [{0, 3}, set(), {5}, {0, 1, 2, 3, 4, 5}, {1, 2, 4}, set()]
"""Items of each user: the second and the last have none, the fourth has all."""
FULL = 3
USER, ITEM = np.array([(u, i) for u, items in enumerate(HAS) for i in sorted(items)], np.int32).T
LIKES = user_items(Interactions(USER, ITEM, len(HAS), N_ITEMS))
DEVICE_LIKES = jax.tree.map(jnp.asarray, LIKES)
ACTIVE = [user for user, items in enumerate(HAS) if items]
ONE = user_items(Interactions(np.zeros(1, np.int32), np.zeros(1, np.int32), 1, 1))
"""One user, who has the one item there is."""
N_DRAWS = 20_000
Z = 5.0
"""Standard deviations allowed; a correct sampler leaves them once in 1.7 million frequencies."""


def assert_frequency(count, n_draws, probability):
    """The count lies within ``Z`` binomial standard deviations of its expectation."""
    deviation = np.sqrt(n_draws * probability * (1 - probability))
    assert abs(count - n_draws * probability) <= Z * deviation


def assert_law(items, probabilities):
    """How often each item was drawn, by its probability."""
    items = np.asarray(items).ravel()
    for item, probability in enumerate(probabilities):
        assert_frequency(np.sum(items == item), len(items), probability)
