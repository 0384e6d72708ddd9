import datetime
import gzip

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Columns, read_table

NOON = int(datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.UTC).timestamp())
TITLED = Columns(title="title")


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("separator", ["\t", "::", ",", ";", "|", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_separator_reads_the_same(tmp_path, separator, end):
    lines = [["user_id", "item_id", "rating"], ["1", "a", "4.5"], ["2", "b", "3"], [], []]
    path = write(tmp_path, "x.dat", end.join(separator.join(line) for line in lines))
    frame = read_table(path)
    assert frame.rows() == [(1, "a", 4.5), (2, "b", 3.0)]
    assert frame.dtypes == [pl.Int64, pl.String, pl.Float32]
    headless = write(tmp_path, "y.txt", end.join(separator.join(line) for line in lines[1:]))
    assert read_table(headless, header=False).rows() == frame.rows()


def test_blanks_may_align_columns(tmp_path):
    path = write(tmp_path, "x.txt", "  1   10  3 \n 22    7  4\n")
    assert read_table(path, header=False).rows() == [(1, 10, 3.0), (22, 7, 4.0)]


def test_gzip_byte_order_mark_quotes_and_typed_headers(tmp_path):
    text = '\ufeffuser_id:token,item_id:token,title:token_seq\n1,2,"Tea, green"\n3,4,\n'
    path = write(tmp_path, "x.inter.gz", gzip.compress(text.encode()))
    assert read_table(path, TITLED).rows() == [(1, 2, "Tea, green"), (3, 4, None)]


def test_ids_that_do_not_round_trip_stay_text(tmp_path):
    path = write(tmp_path, "x.csv", "user,item\n007,+1\n8, 2\n")
    assert read_table(path).rows() == [("007", "+1"), ("8", "2")]


def test_stray_quotes_in_tab_separated_text_are_letters(tmp_path):
    path = write(tmp_path, "x.tsv", 'user\titem\ttitle\n1\t2\tthe "7"\n3\t4\t"odd\n')
    assert read_table(path, TITLED)["title"].to_list() == ['the "7"', '"odd']


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (f"{NOON}", NOON),
        (f"{NOON}.5", NOON),
        (f"{NOON}500", NOON),
        (f"{NOON}500000", NOON),
        (f"{NOON}500000000", NOON),
        ("-86400", -86400),
        ("2024-01-31", NOON - 12 * 3600),
        ("2024/01/31 12:00:00", NOON),
        ("2024-01-31T12:00", NOON),
        ("2024-01-31T12:00:00.25Z", NOON),
        ("2024-01-31 14:00:00+02:00", NOON),
    ],
)
def test_times_become_unix_seconds(tmp_path, text, seconds):
    path = write(tmp_path, "x.csv", f"user,item,time\n1,2,{text}\n")
    frame = read_table(path)
    assert frame["time"].to_list() == [seconds] and frame["time"].dtype == pl.Int64


def test_parquet_keeps_numbers_and_makes_whole_floats_integers(tmp_path):
    moment = datetime.datetime(2024, 1, 31, 12)
    frame = pl.DataFrame(
        {"user": [1.0, 2.0], "item": ["a", "b"], "rating": [4, 5], "date": [moment, moment]},
        schema_overrides={"item": pl.Categorical},
    )
    frame.write_parquet(tmp_path / "x.parquet")
    read = read_table(tmp_path / "x.parquet")
    assert read.rows() == [(1, "a", 4.0, NOON), (2, "b", 5.0, NOON)]
    assert read.dtypes == [pl.Int64, pl.String, pl.Float32, pl.Int64]


BAD = {
    "empty": (b"", ["is empty"]),
    "blank": (b"\n\n  \n", ["is empty"]),
    "header only": (b"user,item\n", ["header and no rows", "--no-header"]),
    "one column": (b"user\n1\n", ["line 1", "'user'", "separate user and item"]),
    "wrong names": (b"who,what\n1,2\n", ["who, what", "--user-column"]),
    "no header": (b"1,2,3\n4,5,6\n", ["--no-header"]),
    "ambiguous": (b"user,movie,book\n1,2,3\n", ["movie, book", "--item-column"]),
    "same name": (b"user,item,item\n1,2,3\n", ["two columns called 'item'", "rename"]),
    "word as rating": (b"user,item,rating\n1,2,3\n1,3,good\n", ["line 3", "'good'", "--rating-"]),
    "comma in rating": (b"user;item;rating\n1;2;3,5\n", ["line 2", "'3,5'", "--rating-column"]),
    "nan": (b"user,item,rating\n1,2,NaN\n", ["line 2", "'NaN'", "not a finite"]),
    "inf": (b"user,item,rating\n1,2,3\n1,2,inf\n", ["line 3", "'inf'", "not a finite"]),
    "too big": (b"user,item,rating\n1,2,1e99\n", ["line 2", "'1e99'", "not a finite"]),
    "no user": (b"user,item\n1,2\n,3\n", ["line 3", "no user", "fill"]),
    "quoted nothing": (b'user,item\n1,2\n3,""\n', ["line 3", "no item", "fill"]),
    "no rating": (b"user,item,rating\n1,2,3\n4,5\n", ["line 3", "no rating", "fill"]),
    "no time": (b"user,item,time\n1,2,3\n4,5,\n", ["line 3", "no time", "fill"]),
    "blank line": (b"user,item\n1,2\n\n3,4\n", ["line 3", "no user", "remove"]),
    "time": (b"user,item,time\n1,2,2024-01-01\n1,2,soon\n", ["line 3", "'soon'", "--time-column"]),
    "time in words": (b"user,item,time\n1,2,3\n1,2,soon\n", ["line 3", "'soon'", "2024-01-31"]),
    "latin": (b"user,item\n1,caf\xe9\n", ["line 2", "not UTF-8", "iconv"]),
    "utf-16": ("user,item\n1,2\n".encode("utf-16"), ["is UTF-16", "iconv -f utf-16"]),
    "long row": (b"user,item\n1,2\n3,4,5\n", ["line 3", "3 values", "line 1 has 2", "quote"]),
    "lists": (b"0 1 2\n1 2\n2 3 4 5\n", ["line 3", "4 values", "train.txt"]),
    "open quote": (b'user,item\n1,"2\n3,4\n', ["line 2", "quote", "pair"]),
    "later line": (b'user,item,title,rating\n1,2,"a\nb",3\n1,3,c,x\n', ["line 4", "'x'"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_text_is_refused_in_one_line(tmp_path, case):
    content, named = BAD[case]
    path = write(tmp_path, "bad.txt", content)
    with pytest.raises(InputError) as error:
        read_table(path)
    assert all(word in str(error.value) for word in ["bad.txt", *named]), error.value
    assert "\n" not in str(error.value)


CUT = gzip.compress(b"user,item\n1,2\n" * 9, mtime=0)[:-9]
"""The end of the file is missing."""


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("x.parquet", b"PAR1 broken PAR1", ["no readable Parquet", "write it again"]),
        ("x.csv.gz", b"user,item\n1,2\n", ["cannot be read", "again"]),
        ("x.csv.gz", CUT, ["cannot be read", "again"]),
        ("x.xlsx", b"PK", ["'.xlsx'", ".csv", "export"]),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path, name, content, named):
    path = write(tmp_path, name, content)
    with pytest.raises(InputError) as error:
        read_table(path)
    assert all(word in str(error.value) for word in [name, *named]), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"user": [1, None], "item": [1, 2]}, ["row 2", "no user"]),
        ({"user": [1.0, float("nan")], "item": [1, 2]}, ["row 2", "no user"]),
        ({"user": [[1], [2]], "item": [1, 2]}, ["List", "one number or text"]),
        ({"user": [1, 2], "item": [1, 2], "rating": [1.0, float("inf")]}, ["row 2", "inf"]),
        ({"user": [1, 2], "item": [1, 2], "time": [1, None]}, ["row 2", "no time"]),
        ({"user": [], "item": []}, ["no rows"]),
        (
            {"user": [1], "item": [2], "time": [datetime.time(3)]},
            ["row 1", "'03:00:00'", "--time-column"],
        ),
        (
            {"user": [1], "item": [2], "time": [datetime.timedelta(hours=3)]},
            ["row 1", "'3:00:00'", "--time-column"],
        ),
        (
            {"user": [1], "item": [2], "title": [["a", "b"]]},
            ["title", "List", "one text per row", "--title-column"],
        ),
        ({"user": [1], "item": [2], "title": [b"\xff"]}, ["title", "Binary", "--title-column"]),
    ],
)
def test_bad_parquet_cells_are_refused(tmp_path, columns, named):
    pl.DataFrame(columns).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "x.parquet", TITLED if "title" in columns else Columns())
    assert all(word in str(error.value) for word in named), error.value


def test_a_missing_file_names_its_neighbor(tmp_path):
    write(tmp_path, "ratings.csv", "user,item\n1,2\n")
    with pytest.raises(InputError, match=r"rating\.csv does not exist; near it lie ratings\.csv"):
        read_table(tmp_path / "rating.csv")


def test_a_header_is_not_taken_for_data(tmp_path):
    path = write(tmp_path, "x.csv", "user,item\n1,2\n")
    with pytest.raises(InputError, match=r"line 1 is a header \(user,item\); leave out"):
        read_table(path, header=False)


def test_an_unwanted_rating_can_be_left_out(tmp_path):
    path = write(tmp_path, "x.csv", "user,item,score\n1,2,high\n")
    assert read_table(path, Columns(rating="")).columns == ["user", "item"]
