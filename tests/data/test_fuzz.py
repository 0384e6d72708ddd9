"""Files of any content end in a data set or in one line that says why not.

Each of the first four tests makes 50 examples, or as many as a variable says::

    JAXREC_FUZZ_EXAMPLES=3400 pytest -n 0 tests/data/test_fuzz.py

A long file, for all formats draw their cells from the same values.
"""

import datetime
import gzip
import json
import os
import re
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from polars.testing import assert_frame_equal

from jaxrec.base import InputError
from jaxrec.cli.main import main
from jaxrec.data import (
    Columns,
    load,
    read_lines,
    read_links,
    read_split_folder,
    read_table,
    read_triples,
)
from jaxrec.data.times import EARLY

N_EXAMPLES = int(os.environ.get("JAXREC_FUZZ_EXAMPLES", "50"))
some = settings(max_examples=N_EXAMPLES, suppress_health_check=list(HealthCheck))

SEPARATORS = [",", "\t", "|", ";", "::", " "]
HEADERS = [
    ["user_id", "item_id"],
    ["user_id", "item_id", "rating"],
    ["user", "item", "rating", "timestamp"],
    ["userId:token", "itemId:token", "time:float", "title:token_seq"],
    ["customer", "product", "label", "date", "name"],
    ["\ufeffuser_id", " item_id ", '"rating"', "timestamp", "extra"],
    ["head", "relation", "tail"],
    ["item", "entity"],
    ["a", "b", "c"],
]
WORDS = st.sampled_from(
    ["", " ", "0", "1", "01", "1.0", "1e3", "-1", "+1", "NaN", "nan", "NA", "null", "None", "<NA>"]
    + ['"1"', '"', '""', 'a"b', '"a', "#", "# x", "a b", "a,b", "a;b", "a\tb", "a|b", "a::b"]
    + ["\u00a01", "1\u200b", "\ufeff1", "Zürich", "北京", "\u2028x", "a\nb", "a\rb", "user_id"]
    + ["9223372036854775807", "18446744073709551615", "1" * 30, "inf", "-inf", "1e400", "1e-50"]
    + ["1700000000", "1700000000000", "1700000000.5", "2024-01-31", "2024-01-31T10:00:00Z"]
    + ["01/02/2024", "31/12/2023", "0001-01-01", "9999-12-31", "20240131", "true", "False", "3,5"]
)
PLAIN = st.integers(0, 5).map(str)
IDS = st.one_of(PLAIN, PLAIN, PLAIN, WORDS, st.text(max_size=4))
TIMES = st.one_of(
    st.integers(1_600_000_000, 1_700_000_000).map(str),
    st.integers(1_600_000_000_000, 1_600_000_100_000).map(str),
    st.datetimes(datetime.datetime(1969, 1, 1), datetime.datetime(2101, 1, 1)).map(str),
    WORDS,
)
RATINGS = st.one_of(st.integers(-1, 5).map(str), st.floats(0, 5, width=32).map(str), WORDS)
STARS, LATER = st.integers(1, 5).map(str), st.integers(1_600_000_000, 1_600_000_009).map(str)
GOOD = [PLAIN, PLAIN, st.sampled_from(["a", "b", "Zürich", "a b", "007", "1.0", '"1"', "\u00a01"])]
SCALES = st.sampled_from(
    [
        (STARS, LATER),
        (st.integers(0, 1).map(str), LATER.map(lambda cell: cell + ".5")),
        (STARS, LATER.map(lambda cell: cell + "007")),
        (STARS, st.dates(datetime.date(1970, 1, 2), datetime.date(2099, 1, 1)).map(str)),
        (RATINGS, LATER),
        (STARS, TIMES),
    ]
)


@st.composite
def rows(draw):
    """A header and rows, mostly of one kind a column, so that many files are good."""
    header = draw(st.sampled_from(HEADERS))
    n_rows = draw(st.integers(0, 12))
    kinds = [draw(st.sampled_from(GOOD)), draw(st.sampled_from(GOOD)), *draw(SCALES), IDS]
    if draw(st.integers(0, 3)) == 0:
        kinds = [draw(st.sampled_from([PLAIN, IDS, TIMES, RATINGS])) for _ in header]
    columns = [draw(st.lists(kind, min_size=n_rows, max_size=n_rows)) for kind in kinds]
    return [header, *map(list, zip(*columns[: len(header)], strict=True))]


@st.composite
def texts(draw):
    """The bytes of a delimited file."""
    table, separator = draw(rows()), draw(st.sampled_from(SEPARATORS))
    if draw(st.integers(0, 3)) == 0:
        table = table[1:] or table
    if draw(st.integers(0, 9)) == 0:
        table = [*table, table[0], *table[1:]]
    style = draw(st.sampled_from(["bare", "bare", "quoted", "as needed"]))

    def cell(text):
        special = any(mark in text for mark in separator + '"\n')
        if style == "quoted" or (style == "as needed" and special):
            return '"' + text.replace('"', '""') + '"'
        return text

    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join(separator.join(map(cell, line)) for line in table)
    text += draw(st.sampled_from(["", end, end * 2, separator + end, " ", "# end"]))
    codec = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"]))
    data = text.encode(codec, "replace")
    if draw(st.integers(0, 9)) == 0:
        cut = draw(st.integers(0, len(data)))
        data = data[:cut] + draw(st.binary(max_size=3)) + data[cut:]
    return data


def one_line(read, *given, **more):
    """What was read; None where it is refused, in one line."""
    try:
        return read(*given, **more)
    except InputError as error:
        assert str(error) and len(str(error).splitlines()) == 1, str(error)
        return None


def round_trip(frame, folder):
    """What is written of a table is read as it was, from CSV, JSON lines and Parquet."""
    written = frame.drop("nanosecond", strict=False)
    if "time" in frame.columns and frame["time"].abs().max() >= EARLY:
        dates = pl.from_epoch("time", "s").dt.strftime("%Y-%m-%d %H:%M:%S.")
        behind = pl.col("nanosecond") if "nanosecond" in frame.columns else pl.lit(0)
        digits = behind.cast(pl.String).str.pad_start(9, "0")
        written = written.with_columns(frame.select(time=dates + digits))
    elif "nanosecond" in frame.columns:
        return  # Fractions of numbers that are no dates.
    chosen = {name: "" for name in ("rating", "time", "title") if name not in frame.columns}
    chosen |= {"title": "title"} if "title" in frame.columns else {}
    writers = written.write_csv, written.write_ndjson, written.write_parquet
    for suffix, write in zip(("csv", "jsonl", "parquet"), writers, strict=True):
        path = folder / f"again.{suffix}"
        write(path)
        assert_frame_equal(read_table(path, Columns(**chosen)), frame)


@some
@given(
    texts(),
    st.sampled_from(["x.csv", "x.tsv", "x.txt", "x.dat", "x.inter", "x.json", "x.csv.gz"]),
    st.booleans(),
)
def test_text_of_any_content_is_read_or_refused_in_one_line(data, name, header):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        frame = one_line(read_table, path, header=header)
        assert frame is None or name not in ("x.json", "x.csv.gz")
        if frame is not None:
            assert frame.height
            assert not any(column.null_count() for column in frame.drop("title", strict=False))
            round_trip(frame, Path(folder))
        dataset = one_line(load, str(path), header=header, min_rating=None)
        assert dataset is None or frame is not None
        one_line(read_triples, path)
        one_line(read_links, path)
        one_line(read_lines, path)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | IDS.map(lambda text: text + "\ud800" * (text == "nan")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=3,
)


@st.composite
def objects(draw):
    """The bytes of a file of JSON lines, now and then with a key less, twice or more."""
    header, *table = draw(rows())
    lines = []
    for line in table:
        cells = dict(zip(header, line, strict=True))
        if draw(st.integers(0, 9)) == 0:
            cells[draw(st.sampled_from(header))] = draw(VALUES)
        text = json.dumps(cells, ensure_ascii=draw(st.booleans()))
        text = re.sub(r'"(\d{1,9})"(?!:)', r"\1", text) if draw(st.booleans()) else text
        if draw(st.integers(0, 30)) == 0:
            text = draw(
                st.sampled_from(["", "{}", "[1]", "7", "{", text[:-2], text + text, "null"])
            )
        lines.append(text)
    data = "\n".join(lines).encode("utf-8", "replace")
    return data + draw(st.sampled_from([b"", b"\n", b"\n\n", b"\xff", b"\0", b"{"]))


@some
@given(objects(), st.sampled_from(["x.jsonl", "x.ndjson", "x.json", "x.jsonl.gz"]))
def test_json_lines_of_any_content_are_read_or_refused_in_one_line(data, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        frame = one_line(read_table, path)
        if frame is not None:
            assert not any(column.null_count() for column in frame.drop("title", strict=False))
            round_trip(frame, Path(folder))
        dataset = one_line(load, str(path))
        assert dataset is None or frame is not None
        one_line(read_triples, path)
        one_line(read_links, path)


@st.composite
def lists(draw):
    """The bytes of lists, a line a user."""
    ids = draw(st.sampled_from([PLAIN, IDS]))
    lines = draw(st.lists(st.lists(ids, max_size=5), max_size=6))
    text = draw(st.sampled_from(["\n", "\r\n"])).join(
        draw(st.sampled_from([" ", "  ", "\t"])).join(line) for line in lines
    )
    return text.encode("utf-8", "replace") + draw(st.sampled_from([b"", b"\n", b"\xff", b"\0"]))


@some
@given(lists(), lists(), st.booleans(), st.booleans())
def test_folders_of_any_content_are_read_or_refused_in_one_line(train, test, header, valid):
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("train.txt", train), ("test.txt", test), ("valid.txt", test)):
            if name != "valid.txt" or valid:
                (Path(folder) / name).write_bytes(data)
        frame = one_line(read_split_folder, folder, header=header)
        dataset = one_line(load, folder, header=header)
        assert dataset is None or frame is not None
        if dataset is not None:
            met = dataset.interactions
            pairs = zip(
                dataset.user_ids.gather(met.user), dataset.item_ids.gather(met.item), strict=True
            )
            assert set(pairs) <= set(frame.select("user", "item").iter_rows())


COLUMNS = st.sampled_from(
    [
        st.integers(-5, 5),
        st.integers(1_600_000_000, 1_700_000_000),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(width=64),
        st.integers(0, 9).map(float),
        st.booleans(),
        IDS,
        st.binary(max_size=2),
        st.lists(st.integers(0, 3), max_size=2),
        st.dates(),
        st.datetimes(),
        st.datetimes(timezones=st.just(datetime.UTC)),
        st.times(),
        st.timedeltas(),
        st.decimals(-9, 9, places=2),
        st.none(),
    ]
)


@some
@given(st.data())
def test_parquet_of_any_type_is_read_or_refused_in_one_line(data):
    header = data.draw(st.sampled_from(HEADERS[:5]))
    n_rows = data.draw(st.integers(1, 5))
    frame = {}
    for place, name in enumerate(header):
        cells = PLAIN if place < 2 and data.draw(st.booleans()) else data.draw(COLUMNS)
        if data.draw(st.integers(0, 9)) == 0:
            cells = st.none() | cells
        frame[name] = data.draw(st.lists(cells, min_size=n_rows, max_size=n_rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        table = pl.DataFrame(frame, strict=False)
        for name in table.columns:
            if table[name].dtype == pl.String and data.draw(st.booleans()):
                table = table.with_columns(pl.col(name).cast(pl.Categorical))
        table.write_parquet(path)
        read = one_line(read_table, path)
        if read is not None:
            round_trip(read, Path(folder))
        one_line(load, str(path))
        one_line(read_triples, path)
        one_line(read_links, path)


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(texts())
def test_the_command_ends_with_0_or_with_2_and_one_line(data):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path, said = Path(folder) / "x.csv", []
        path.write_bytes(data)
        patch.setattr("builtins.print", lambda *words, **more: said.extend(map(str, words)))
        code = main(["inspect", str(path), "--no-forecast"])
        assert code in (0, 2), said
        assert code == 0 or len("".join(said).splitlines()) == 1
