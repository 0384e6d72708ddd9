import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import recency_weights, user_items

N_USERS, N_ITEMS = 7, 9


@pytest.mark.parametrize("timed", [False, True])
def test_weights_fall_with_the_items_taken_since(timed):
    rng = np.random.default_rng(0)
    user = rng.integers(0, N_USERS, 60).astype(np.int32)
    item = rng.integers(0, N_ITEMS, 60).astype(np.int32)  # Pairs repeat.
    time = rng.permutation(60) if timed else None
    weight = recency_weights(Interactions(user, item, N_USERS, N_ITEMS, time=time), 3.0)
    expected = []
    for u in range(N_USERS):
        places = [n for n in range(60) if user[n] == u]
        places.sort(key=lambda n: n if time is None else time[n])
        age = {item[n]: len(places) - 1 - rank for rank, n in enumerate(places)}
        expected += [1 / (1 + age[i] / 3) for i in sorted(age)]
    np.testing.assert_allclose(weight, expected, rtol=1e-6)
    likes = user_items(Interactions(user, item, N_USERS, N_ITEMS))
    assert len(weight) == len(likes.indices)


@pytest.mark.parametrize("recency", [0.0, -1.0, float("nan"), float("inf")])
def test_a_recency_that_is_no_number_above_0_is_refused(recency):
    one = np.zeros(1, np.int32)
    with pytest.raises(InputError, match=f"recency is {recency}"):
        recency_weights(Interactions(one, one, 1, 1), recency)
