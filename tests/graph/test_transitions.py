"""Where walks may go."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import transitions

SENDERS, RECEIVERS = np.array([2, 0, 2, 2, 2]), np.array([1, 1, 0, 3, 1])


def test_rows_are_sorted_and_repeated_edges_count_once():
    steps = transitions(SENDERS, RECEIVERS, n_nodes=4)
    assert steps.lists.indptr.tolist() == [0, 1, 1, 4, 4]
    assert steps.lists.indices.tolist() == [1, 0, 1, 3]
    assert steps.lists.nonempty.tolist() == [0, 2]
    assert steps.law is None


def test_weights_of_repeated_edges_are_added():
    weight = np.array([1.0, 9.0, 2.0, 4.0, 1.0])
    table = transitions(SENDERS, RECEIVERS, 4, weight).law
    law = (table.keep + np.bincount(table.alias, 1 - table.keep, 4))[1:] / 3
    np.testing.assert_allclose(law, np.array([2, 1 + 1, 4]) / 8, rtol=1e-6)


def test_bad_input_is_refused():
    one, two = np.array([1]), np.array([2])
    with pytest.raises(InputError, match="0 edges given"):
        transitions(one[:0], one[:0], n_nodes=2)
    with pytest.raises(InputError, match="receivers hold 2; give 0 to 1, the nodes"):
        transitions(one, two, n_nodes=2)
    with pytest.raises(InputError, match="row 1's weights sum to 0.0"):
        transitions(one, one, 2, weight=np.zeros(1))
