import datetime

import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import load, read_split_folder, read_table, split
from jaxrec.data.times import to_times

NOON = int(datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.UTC).timestamp())


def times(*cells, **more):
    read = to_times(pl.Series(cells, **more), lambda row: f"line {row + 2}")
    none = [0] * len(cells)
    beyond = none if read.nanosecond is None else read.nanosecond.to_list()
    return list(zip(read.second.to_list(), beyond, strict=True))


def refused(*cells, **more):
    with pytest.raises(InputError) as error:
        times(*cells, **more)
    assert "\n" not in str(error.value) and "--time-column" in str(error.value)
    return str(error.value)


def test_seconds_among_milliseconds_are_refused_with_both_counts(tmp_path):
    path = tmp_path / "x.csv"
    each = ((1, 1700000000000), (2, 1700000900), (3, 1700001800))
    rows = "".join(f"{user},{item},{time}\n" for user in (1, 2) for item, time in each)
    path.write_text("user_id,item_id,timestamp\n" + rows)
    with pytest.raises(InputError) as error:
        load(str(path))
    for text in ("x.csv line 2", "'1700000000000'", "4 in seconds", "2 in milliseconds"):
        assert text in str(error.value)


def test_parts_of_a_folder_have_one_unit(tmp_path):
    for name, time in (("train", "1700000000"), ("test", "1700000000000")):
        (tmp_path / f"{name}.txt").write_text(f"user\titem\ttime\n1\t2\t{time}\n3\t4\t{time}\n")
    with pytest.raises(InputError, match="test.txt line 2: time .*2 in seconds, 2 in millisec"):
        read_split_folder(tmp_path)


@pytest.mark.parametrize(
    "odd", ["0", "-1", "18446744073709551615", str(2**63 - 1), "253402300799", "1e30", "1700000"]
)
def test_a_sentinel_among_times_is_refused_by_its_row(odd):
    said = refused("1700000000", odd, "1700000005")
    assert "line 3" in said and repr(odd) in said and "2 in seconds" in said


@pytest.mark.parametrize("odd", ["1970-01-01", "1900-01-01", "0001-01-01", "9999-12-31"])
def test_a_date_that_stands_for_none_is_refused_by_its_row(odd):
    said = refused("2024-01-31", odd, "2024-01-30")
    assert "line 3" in said and repr(odd) in said and "1 of 3" in said


def test_a_float_just_below_a_second_stays_below_it():
    assert times(0.9999999999, 1.0) == [(0, 999_999_999), (1, 0)]


def test_numbers_that_are_no_dates_stay_as_they_are():
    assert times("3", "-1", "0") == [(3, 0), (-1, 0), (0, 0)]
    assert times("0.5", "-0.25") == [(0, 500_000_000), (-1, 750_000_000)]


def test_every_digit_down_to_nanoseconds_counts():
    assert times(f"{NOON}.123456789", f"{NOON}") == [(NOON, 123_456_789), (NOON, 0)]
    assert times(f"{NOON}001") == [(NOON, 1_000_000)]
    assert times(f"{NOON}001.25") == [(NOON, 1_250_000)]
    assert times(f"{NOON}000000001") == [(NOON, 1)]
    assert times("2024-01-31T12:00:00.123456789Z") == [(NOON, 123_456_789)]
    assert times("2024-01-31 12:00:00,5") == [(NOON, 500_000_000)]
    moment = pl.Series([NOON * 10**9 + 7]).cast(pl.Datetime("ns"))
    assert to_times(moment, str).nanosecond.to_list() == [7]


def test_events_a_millisecond_apart_keep_their_order(tmp_path):
    path = tmp_path / "x.csv"
    rows = [(1, item, f"{NOON}{ms:03}") for item, ms in ((1, 999), (2, 1), (3, 500))]
    rows += [(2, item, f"{NOON + item}000") for item in (1, 2, 3)]
    text = "".join(f"{user},{item},{time}\n" for user, item, time in rows)
    path.write_text("user,item,time\n" + text)
    parts = split(load(str(path)), method="leave_one_out", valid_fraction=0.0)
    # By whole seconds alone, the order of the file would test the first user's item 3.
    assert list(zip(parts.test.user, parts.test.item, strict=True)) == [(0, 0), (1, 2)]


def test_rows_apart_by_a_fraction_are_no_repeats(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("user,item,time\n" + "".join(f"1,2,{NOON}.{n}\n" for n in "211") + "3,4,5\n")
    with pytest.raises(InputError, match="line 5: time '5' is too small for dates"):
        load(str(path))
    path.write_text(path.read_text().replace("3,4,5", f"3,4,{NOON}"))
    counts = load(str(path), repeats="keep").counts
    assert (counts["duplicate_rows"], counts["repeated_pairs"]) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_only_rows_of_one_second_change_places(moments):
    from jaxrec.data.tables import by_exact_time

    frame = pl.DataFrame(moments, schema=["time", "nanosecond"], orient="row")
    frame = frame.with_row_index("row")
    moved = by_exact_time(frame)
    assert moved["time"].to_list() == frame["time"].to_list()
    for second in range(3):
        found = moved.filter(pl.col("time") == second).rows()
        expected = frame.filter(pl.col("time") == second).rows()
        assert found == sorted(expected, key=lambda row: (row[2], row[0]))


@pytest.mark.parametrize(
    "text",
    ["2024-01-31T12:00:00Z", "2024-01-31 14:00:00+02:00", "2024-01-31T07:00-0500"]
    + ["2024/01/31 12:00:00", "2024.01.31 12:00", "2024-01-31 12:00:00 UTC"]
    + ["31/01/2024 12:00", "01/31/2024 12:00:00", "31.01.2024 12:00", "20240131120000"]
    + ["202401311200", "2024013112", str(NOON), f"{NOON}.000000000000000000e+00"],
)
def test_calendar_forms_say_the_same_moment(text):
    assert times(text) == [(NOON, 0)]


def test_days_are_midnight_in_utc():
    assert times("2024-01-31") == times("20240131") == times("31.01.2024") == [(NOON - 43_200, 0)]
    assert times(datetime.date(2024, 1, 31)) == [(NOON - 43_200, 0)]


def test_a_zone_counts_and_none_is_utc():
    naive = datetime.datetime(2024, 1, 31, 12)
    assert times(naive) == [(NOON, 0)]
    berlin = pl.Series([naive]).dt.replace_time_zone("Europe/Berlin")
    assert to_times(berlin, str).second.to_list() == [NOON - 3600]
    assert to_times(pl.Series([naive]), str).form == "dates, read as UTC"
    assert to_times(berlin, str).form == "dates with a time zone"


def test_a_day_that_may_be_a_month_is_refused_with_both_readings():
    said = refused("02/02/2024", "01/02/2024")
    assert "line 3" in said and "2024-02-01 or 2024-01-02" in said
    assert times("01/02/2024", "13/02/2024")[0] == times("2024-02-01")[0]
    assert times("02/01/2024", "02/13/2024")[0] == times("2024-02-01")[0]
    assert times("02/02/2024") == times("2024-02-02")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("13/02/2024", "02/13/2024"), ["line 3", "1 day first, 1 month first"]),
        (("2024-01-31", "31.01.2024"), ["line 3", "1 year first, 1 day first"]),
        (("2024-01-31 10:00", "2024-01-31 10:00Z"), ["1 year first with a time zone"]),
        ((str(NOON), "2024-01-31", "2024-01-30"), ["line 3", "2 of 3", "others are numbers"]),
        (("1.7e9",), ["line 2", "'1.7e9' is rounded"]),
        (("2024-02-30",), ["line 2", "'2024-02-30' is neither"]),
        ((str(NOON), "inf"), ["line 3", "'inf' is neither"]),
    ],
)
def test_mixed_forms_are_refused_with_counts(cells, said):
    message = refused(*cells)
    assert all(text in message for text in said), message


def test_parquet_columns_that_rounded_their_times_are_refused():
    assert "Float32, which rounds" in refused(float(NOON), dtype=pl.Float32)
    assert times(NOON + 0.5) == [(NOON, 500_000_000)]
    assert "'True' is neither" in refused(True)
    assert "'4611686018427387904'" in refused(2**62, dtype=pl.Datetime("ms"))
    assert "outside the years" in refused(2**64 - 1, dtype=pl.UInt64)


@pytest.mark.parametrize("cells", [(28012024, 1022024), ("28012024", "01022024"), (12312023,)])
def test_dates_with_the_year_last_and_nothing_between_are_refused(cells):
    assert "look like dates with the year last; write them as 2024-01-31" in refused(*cells)


def test_numbers_that_only_some_look_like_dates_are_an_order():
    assert times(28012024, 17) == [(28012024, 0), (17, 0)]
    assert times(40132024, 99002024) == [(40132024, 0), (99002024, 0)]


def test_units_of_parquet_dates_do_not_matter(tmp_path):
    frame = pl.DataFrame({"user": [1, 2], "item": [3, 4], "time": [NOON, NOON + 1]})
    expected = read_table_of(tmp_path, frame)
    for unit in ("ms", "us", "ns"):
        dates = frame.with_columns(pl.from_epoch("time", "s").cast(pl.Datetime(unit)))
        assert read_table_of(tmp_path, dates).equals(expected)


def read_table_of(folder, frame):
    frame.write_parquet(folder / "x.parquet")
    return read_table(folder / "x.parquet")
