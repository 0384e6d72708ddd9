from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import k_core

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=50)


@given(PAIRS, st.integers(0, 5))
def test_k_core_equals_its_definition(pairs, k):
    expected = list(enumerate(pairs))
    while True:
        users = Counter(u for _, (u, _) in expected)
        items = Counter(i for _, (_, i) in expected)
        kept = [(n, (u, i)) for n, (u, i) in expected if users[u] >= k and items[i] >= k]
        if kept == expected:
            break
        expected = kept
    user, item = np.array(pairs, np.int32).reshape(-1, 2).T
    assert np.flatnonzero(k_core(user, item, k)).tolist() == [n for n, _ in expected]


def test_a_negative_core_is_refused():
    with pytest.raises(InputError, match="k_core=-1; give .* 0 for no filter"):
        k_core(np.zeros(2, np.int32), np.zeros(2, np.int32), -1)
