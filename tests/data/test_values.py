"""Values of every type that frames, arrays and lists hold, as a file would have them."""

import datetime
import decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jaxrec.base import InputError
from jaxrec.data import Dataset

NOON = datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TIMES = {
    "datetimes": [NOON, NOON + datetime.timedelta(seconds=1)],
    "datetimes without zone": [
        NOON.replace(tzinfo=None),
        NOON.replace(tzinfo=None) + datetime.timedelta(seconds=1),
    ],
    "datetimes of two zones": [
        NOON.astimezone(BERLIN),
        NOON.astimezone(datetime.timezone(datetime.timedelta(hours=-3)))
        + datetime.timedelta(seconds=1),
    ],
    "text": ["2024-01-31 12:00:00", "2024-01-31T12:00:01"],
    "seconds": [NOON.timestamp(), NOON.timestamp() + 1],
    "milliseconds": [int(NOON.timestamp()) * 1000, int(NOON.timestamp()) * 1000 + 1000],
    "Timestamps": [pd.Timestamp(NOON), pd.Timestamp(NOON) + pd.Timedelta("1s")],
    "of polars": pl.Series([NOON, NOON + datetime.timedelta(seconds=1)], dtype=pl.Datetime("ns")),
    "of pandas, with a zone": pd.Series(
        pd.to_datetime(["2024-01-31 13:00", "2024-01-31 13:00:01"], format="mixed")
    ).dt.tz_localize(BERLIN),
    **{
        f"of NumPy in {unit}": np.array(
            ["2024-01-31T12:00:00", "2024-01-31T12:00:01"], f"datetime64[{unit}]"
        )
        for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"of pandas in {unit}": pd.Series(
            pd.to_datetime(["2024-01-31 12:00:00", "2024-01-31 12:00:01"])
        ).astype(f"datetime64[{unit}]")
        for unit in ("s", "ms", "us", "ns")
    },
}


@pytest.mark.parametrize("written", TIMES)
def test_times_of_every_type_are_the_same_seconds(written):
    dataset = Dataset.from_frame({"user": [1, 2], "item": [1, 2], "time": TIMES[written]})
    assert dataset.interactions.time.tolist() == [1706702400, 1706702401]


def test_days_and_months_of_numpy_are_dates():
    for unit, first in (("D", 1706659200), ("M", 1704067200)):
        time = np.array(["2024-01-31", "2024-01-31"], "datetime64[D]").astype(f"datetime64[{unit}]")
        dataset = Dataset.from_frame({"user": [1, 2], "item": [1, 2], "time": time})
        assert dataset.interactions.time.tolist() == [first, first]


def test_nanoseconds_order_interactions():
    times = [pd.Timestamp("2024-01-31 12:00:00.000000002"), pd.Timestamp("2024-01-31 12:00")]
    for column in (times, pd.Series(times), pd.Series(times, dtype=object)):
        dataset = Dataset.from_frame({"user": [1, 2], "item": [3, 4], "time": column})
        assert dataset.interactions.user.tolist() == [1, 0] and dataset.reading.fractions


IDS = {
    "whole numbers as text": (["7", "12"], [7, 12]),
    "floats": ([7.0, 12.0], [7, 12]),
    "floats as text": (["7.0", "12"], [7, 12]),
    "leading zeros": (["007", "12"], ["007", "12"]),
    "numbers and text": ([7, "x"], ["7", "x"]),
    "blanks around": ([" x", "y\u00a0"], ["x", "y"]),
    "small integers": (np.array([7, 12], np.uint8), [7, 12]),
    "large integers": (np.array([7, 2**63], np.uint64), ["7", str(2**63)]),
    "beyond 64 bits": ([7, 2**70], ["7", str(2**70)]),
    "Decimals": ([decimal.Decimal("7"), decimal.Decimal("12")], [7, 12]),
    "big-endian": (np.array([7, 12], ">i8"), [7, 12]),
    "categories": (pd.Series(["x", "y"], dtype="category"), ["x", "y"]),
    "categories of several types": (pd.Series([7, "x"], dtype="category"), ["7", "x"]),
    "periods": (pd.period_range("2024-01", periods=2, freq="M"), ["2024-01", "2024-02"]),
    "nullable integers": (pd.Series([7, 12], dtype="Int64"), [7, 12]),
    "sparse": (pd.Series(pd.arrays.SparseArray([7, 12])), [7, 12]),
    "an Arrow dictionary": (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
    "a range": (range(7, 9), [7, 8]),
    "a tuple": (("x", "y"), ["x", "y"]),
}


@pytest.mark.parametrize("written", IDS)
def test_ids_follow_one_rule(written):
    cells, expected = IDS[written]
    dataset = Dataset.from_frame({"user": cells, "item": [1, 2]})
    found = dataset.user_ids.gather(dataset.interactions.user)
    assert found.to_list() == expected
    assert found.dtype == (pl.Int64 if isinstance(expected[0], int) else pl.String)


MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT, decimal.Decimal("nan")]


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_a_missing_id_is_refused_by_its_row(value):
    for cells in (["x", "y", value], pd.Series(["x", "y", value], dtype=object)):
        with pytest.raises(InputError, match=r"frame row 2 \(the first is 0\) has no user; fill"):
            Dataset.from_frame({"user": cells, "item": [1, 2, 3]})


def test_a_masked_array_has_missing_cells():
    cells = np.ma.array([1, 2, 3], mask=[False, True, False])
    with pytest.raises(InputError, match=r"row 1 .* has no user"):
        Dataset.from_frame({"user": cells, "item": [1, 2, 3]})
