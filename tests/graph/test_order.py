import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.data import Interactions, block_model
from jaxrec.graph import locality_order, renumber

BLOCKS = block_model(n_users=400, n_items=320, n_blocks=4, p_in=0.3, p_out=0.002, seed=0)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), min_size=1, max_size=30),
    st.integers(0, 3),
)
def test_every_row_keeps_a_place_of_its_own(pairs, seed):
    user, item = np.array(pairs, np.int32).T
    orders = locality_order(Interactions(user, item, n_users=6, n_items=9), seed)
    assert [sorted(order.tolist()) for order in orders] == [list(range(6)), list(range(9))]


def test_the_same_interactions_get_the_same_order():
    first, second = locality_order(BLOCKS), locality_order(BLOCKS)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize("which", [0, 1], ids=["users", "items"])
def test_blocks_lie_together(which):
    """Neighbors in the new order are of one block, where by chance a quarter would be."""
    block = locality_order(BLOCKS)[which] % 4
    assert np.mean(block[1:] == block[:-1]) > 0.9


def test_renumbering_renames_rows_and_nothing_else():
    users, items = locality_order(BLOCKS)
    renamed = renumber(BLOCKS, users, items)
    np.testing.assert_array_equal(users[renamed.user], BLOCKS.user)
    np.testing.assert_array_equal(items[renamed.item], BLOCKS.item)
    assert (renamed.n_users, renamed.n_items) == (BLOCKS.n_users, BLOCKS.n_items)
