"""Neighbor lists against a dense matrix and sets."""

import numpy as np
from hypothesis import given, strategies as st

from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.graph.csr import matrix

N_USERS, N_ITEMS = 4, 5
PAIRS = st.lists(st.tuples(st.integers(0, N_USERS - 1), st.integers(0, N_ITEMS - 1)))


def interactions(pairs):
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    return Interactions(user, item, N_USERS, N_ITEMS)


@given(PAIRS)
def test_rows_are_the_sorted_sets_of_each_user(pairs):
    lists = user_items(interactions(pairs))
    for user in range(N_USERS):
        row = lists.indices[lists.indptr[user] : lists.indptr[user + 1]]
        assert row.tolist() == sorted({item for who, item in pairs if who == user})
    assert lists.nonempty.tolist() == sorted({user for user, _ in pairs})


@given(PAIRS)
def test_matrix_is_binary_however_often_a_pair_occurs(pairs):
    dense = np.zeros((N_USERS, N_ITEMS))
    for pair in pairs:
        dense[pair] = 1
    np.testing.assert_array_equal(matrix(interactions(pairs)).toarray(), dense)


def test_lists_are_32_bit_for_the_device():
    lists = user_items(interactions([(1, 2), (0, 0)]))
    assert {array.dtype for array in lists} == {np.dtype(np.int32)}
