"""Ratings that can only be times are refused."""

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data.filters import check_not_times


@pytest.mark.parametrize("least", [99_999_999, 100_000_000])
def test_ratings_are_times_from_march_1973_on(least):
    frame = pl.DataFrame({"user": ["a", "b"], "item": [1, 2], "rating": [least, 2 * least]})
    if least < 10**8:
        check_not_times(frame, "clicks.csv")
        return
    with pytest.raises(InputError, match="ratings of clicks.csv begin at 1e.08: these look like"):
        check_not_times(frame, "clicks.csv")
