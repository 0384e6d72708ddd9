import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import contiguous, lookup

TEXT = st.text(st.characters(codec="utf-8"), max_size=4)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)) | st.lists(TEXT))
def test_rows_lead_back_to_the_ids(raw):
    rows, ids = contiguous(pl.Series(raw, dtype=None if raw else pl.Int64))
    assert [ids[int(row)] for row in rows] == raw
    assert ids.to_list() == sorted(set(raw))


def test_lookup_reads_numbers_and_words():
    assert lookup(pl.Series([-3, 5, 12]), ["12", " -3"]).tolist() == [2, 0]
    assert lookup(pl.Series(["007", "Ωmega", "ale"]), ["Ωmega", "007"]).tolist() == [1, 0]
    assert lookup(pl.Series([1]), []).dtype == np.int32


@pytest.mark.parametrize(
    ("ids", "wanted", "named"),
    [
        ([1, 5, 671], ["9", "1"], ["'9'", "from 1 to 671"]),
        ([1, 2], ["x", "y", "z", "w"], ["'x', 'y', 'z' and 1 more", "from 1 to 2"]),
        (["alice", "bob", "carol"], ["alise"], ["'alise'", "'alice'"]),
        ([f"user{n:06}" for n in range(20_000)], ["user1234"], ["'user1234'", "'user"]),
        ([f"user{n:06}" for n in range(20_000)], ["zz"], ["'zz'", "'user"]),
    ],
)
def test_unknown_ids_name_the_nearest(ids, wanted, named):
    with pytest.raises(InputError) as error:
        lookup(pl.Series(ids), wanted)
    assert all(word in str(error.value) for word in named) and "\n" not in str(error.value)


def test_missing_ids_are_refused():
    with pytest.raises(InputError, match="1 ids are missing"):
        contiguous(pl.Series(["a", None]))
