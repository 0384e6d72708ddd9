"""Laws of the positive pair: the chance of an item, said and drawn."""

from functools import partial

import jax
import numpy as np
import pytest

from jaxrec.sampling import by_interaction, by_user
from tests.sampling.small import ACTIVE, DEVICE_LIKES, HAS, LIKES, N_DRAWS, N_ITEMS, ONE, assert_law

LAWS = {"by_user": by_user, "by_interaction": by_interaction}
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)


def test_share_by_user_is_the_mean_over_users_of_one_by_their_items():
    expected = [sum((i in items) / len(items) for items in HAS if items) for i in range(N_ITEMS)]
    share = by_user.share(LIKES, N_ITEMS)
    np.testing.assert_allclose(share, np.array(expected) / len(ACTIVE), rtol=1e-6)


def test_share_by_interaction_is_the_share_of_interactions():
    degree = np.array([sum(i in items for items in HAS) for i in range(N_ITEMS)])
    np.testing.assert_allclose(
        by_interaction.share(LIKES, N_ITEMS), degree / degree.sum(), rtol=1e-6
    )


@every_law
def test_items_are_drawn_by_their_share(law, key):
    draw = jax.jit(partial(law.draw, batch_size=N_DRAWS))
    user, item, _ = draw(key, DEVICE_LIKES)
    assert all(i in HAS[u] for u, i in zip(user.tolist(), item.tolist(), strict=True))
    assert_law(item, law.share(LIKES, N_ITEMS))


@every_law
def test_items_that_nobody_has_are_never_drawn(law):
    share = law.share(LIKES, N_ITEMS + 2)
    assert share.shape == (N_ITEMS + 2,) and not share[N_ITEMS:].any()
    np.testing.assert_allclose(share.sum(), 1, rtol=1e-6)


@every_law
def test_one_user_with_one_item_is_always_drawn(law, key):
    user, item, _ = law.draw(key, ONE, 3)
    assert user.tolist() == item.tolist() == [0, 0, 0]
    assert law.share(ONE, 1).tolist() == [1.0]


@every_law
def test_the_key_that_is_left_was_not_used(law, key):
    _, _, left = law.draw(key, LIKES, 4)
    used = jax.random.split(key, 3 if law is by_user else 2)
    assert left == used[-1] and left != key
