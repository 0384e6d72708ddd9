"""One set of rules for ids, whatever the file's format."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import (
    load,
    lookup,
    read_adjacency,
    read_lines,
    read_links,
    read_table,
    read_triples,
)
from jaxrec.data.cleaning import MISSING

SEPARATORS = ["\t", "|", ",", ";", "::", " "]


def write(folder, content, name="x.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("header", ["user_id{0}item_id", '"user_id"{0}"item_id"'])
def test_quotes_around_an_id_are_no_part_of_it(tmp_path, separator, header):
    text = header + '\n"1"{0}7\n1{0}8\n2{0}"7"\n'
    dataset = load(str(write(tmp_path, text.format(separator))))
    assert dataset.user_ids.to_list() == [1, 2] and dataset.item_ids.to_list() == [7, 8]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200b", "\ufeff", "\u3000", "\u2003"])
def test_outer_blanks_of_any_kind_are_no_part_of_an_id(tmp_path, blank):
    text = f"user_id{blank},item_id\n{blank}1,x\n1{blank},{blank}y\n2,x\n"
    assert read_table(write(tmp_path, text)).rows() == [(1, "x"), (1, "y"), (2, "x")]
    pl.DataFrame({"user": [f"{blank}1", "1", "2"], "item": ["x", f"y{blank}", "x"]}).write_parquet(
        tmp_path / "x.parquet"
    )
    assert read_table(tmp_path / "x.parquet").rows() == [(1, "x"), (1, "y"), (2, "x")]
    facts = read_triples(write(tmp_path, f"{blank}a\tis{blank}\t b\n", "kg.tsv"))
    assert facts.rows() == [("a", "is", "b")]
    assert read_lines(write(tmp_path, f"{blank}ann\n\n bob{blank}\n")) == ["ann", "bob"]


def test_white_space_inside_an_id_is_part_of_it(tmp_path):
    path = write(tmp_path, "a\u00a0b x\u3000y z\nc z\n", "train.txt")
    assert read_adjacency(path).rows() == [("a\u00a0b", "x\u3000y"), ("a\u00a0b", "z"), ("c", "z")]
    assert read_lines(write(tmp_path, "a\u2028b\n")) == ["a\u2028b"]


@pytest.mark.parametrize("word", MISSING)
def test_words_for_a_missing_value_are_no_ids_in_any_format(tmp_path, word):
    refused = f"has {word!r} for the"
    text = f"a{{0}}x\n{word}{{0}}y\n{word}{{0}}z\nb{{0}}x\n"
    frame = pl.DataFrame({"user": ["a", word], "item": ["x", "y"]})
    frame.write_parquet(tmp_path / "x.parquet")
    (tmp_path / "train.txt").write_text(text.format(" "))
    reads = [
        lambda: read_table(write(tmp_path, "user,item\n" + text.format(","))),
        lambda: read_table(write(tmp_path, text.format("\t")), header=False),
        lambda: read_table(tmp_path / "x.parquet"),
        lambda: read_adjacency(tmp_path / "train.txt"),
        lambda: read_links(write(tmp_path, text.format("\t"))),
    ]
    for read, place in zip(reads, ["line 3", "line 2", "row 2", "line 2", "line 2"], strict=True):
        with pytest.raises(InputError) as error:
            read()
        assert place in str(error.value) and refused in str(error.value), error.value
    with pytest.raises(InputError, match="1 more like it"):
        reads[0]()


@pytest.mark.parametrize(
    ("cells", "ids"),
    [
        (["7.0", "12"], [7, 12]),
        (["7.000000000000000000e+00", "1.200000000000000000e+01"], [7, 12]),
        (["7.5", "12.0"], ["7.5", "12.0"]),
        (["07", "12"], ["07", "12"]),
        (["1e3", "5"], ["1e3", "5"]),
        (["A", "a"], ["A", "a"]),
        (["9223372036854775808", "1"], ["9223372036854775808", "1"]),
        ([7.0, 12.0], [7, 12]),
        ([True, False], ["true", "false"]),
        (pl.Series(["b", "a"], dtype=pl.Categorical), ["b", "a"]),
        (pl.Series(["7", "12"]).cast(pl.Decimal(9, 0)), [7, 12]),
        (pl.Series([2**64 - 1, 1], dtype=pl.UInt64), ["18446744073709551615", "1"]),
    ],
    ids=str,
)
def test_ids_are_numbers_only_if_all_are_whole(tmp_path, cells, ids):
    pl.DataFrame({"user": cells, "item": [1, 2]}).write_parquet(tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet")["user"].to_list() == ids
    if isinstance(cells, list) and isinstance(cells[0], str):
        text = "".join(f"{cell},1\n" for cell in cells)
        assert read_table(write(tmp_path, "user,item\n" + text))["user"].to_list() == ids


def test_floats_that_round_ids_are_refused(tmp_path):
    pl.DataFrame({"user": [1.0, 2.0**53], "item": [1, 2]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="row 2 has the user .* Float64 rounds ids of this size"):
        read_table(tmp_path / "x.parquet")


def test_ids_of_all_parts_of_a_folder_follow_one_rule(tmp_path):
    (tmp_path / "train.txt").write_text("user\titem\n1.0\t5\n2.0\t6\n")
    (tmp_path / "test.txt").write_text("user\titem\n1\t6\n2\t5\n")
    assert load(str(tmp_path)).user_ids.to_list() == [1, 2]


def test_ids_that_nearly_agree_are_told(tmp_path):
    rows = "1,x\n1.0,x\n01,X\nann,y\n"
    remarks = load(str(write(tmp_path, "user,item\n" + rows))).reading.remarks
    assert any("'01' and '1' differ in leading zeros" in line for line in remarks)
    assert any("'1' and '1.0' differ in a decimal point" in line for line in remarks)
    assert any("item ids 'X' and 'x' differ in case" in line for line in remarks)
    floats = load(str(write(tmp_path, "user,item\n1,5\n2.0,6\n1.0,6\n"))).reading.remarks
    assert floats == ("user ids: 2 are written like '2.0' and mean 2",)
    mostly = load(str(write(tmp_path, "user,item\n1,5\n2,6\n?,6\n"))).reading.remarks
    assert mostly == ("user ids are text: 1 of 3, such as '?', are no whole numbers",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("user,item\n1,7\nuser,item\n2,8\n", ["line 3 repeats the header", "1 of its lines"]),
        (b"\xef\xbb\xbfuser,item\n1,7\n\xef\xbb\xbfuser,item\n2,8\n", ["line 3 repeats"]),
        ("user,item\n1,7\nuserId,itemId\n2,8\n", ["line 3 is a header (userId, itemId)"]),
        (b"user,item\n1,7\n2,\x008\n", ["line 3 holds a NUL"]),
        ("user,item\n1,7\n# x,y\n", ["line 3 has '# x' for the user", "as comments begin"]),
        ('user,item\n1,"2\n3,4"\n5,6\n', ["line 2 has '2\\n3,4'", "line break", "pair the quotes"]),
        ('user\titem\n"1\t2\n3\t4\n', ["line 2 has '\"1' for the user", "does not close"]),
        ("user,item\n1,7,\n2,8,\n", ["line 2 has 3 values"]),
        ("user,item\n1,7\n,\n", ["line 3 has no user"]),
        ("a,b;c,d;\n1,7\n", ["as many ',' as ';'"]),
        ('{"user": 1, "item": 2}\n', ["begins with '{'", "export it as CSV"]),
    ],
)
def test_what_stands_between_rows_is_refused_by_its_line(tmp_path, content, said):
    with pytest.raises(InputError) as error:
        read_table(write(tmp_path, content))
    assert all(text in str(error.value) for text in said), error.value
    assert "\n" not in str(error.value)


def test_a_message_stays_in_one_line_whatever_the_file_holds(tmp_path):
    with pytest.raises(InputError, match=r"its columns are a, b c; name the right ones"):
        read_table(write(tmp_path, "a,b\rc\n1,2\n"))


def test_repeated_headers_of_facts_are_refused(tmp_path):
    path = write(tmp_path, "head\trelation\ttail\na\tis\tb\nhead\trelation\ttail\n", "kg.tsv")
    with pytest.raises(InputError, match="line 3 repeats the header"):
        read_triples(path)


def test_line_ends_and_marks_of_joined_files_are_no_part_of_cells(tmp_path):
    expected = [(1, "x"), (2, "y")]
    for end in ("\n", "\r\n", "\r"):
        text = f"\ufeffuser,item{end}1,x{end}\ufeff2,y{end}{end}"
        assert read_table(write(tmp_path, text)).rows() == expected
    assert read_table(write(tmp_path, "user,item,\n1,x,\n2,y,\n")).rows() == expected


def test_words_on_a_command_line_follow_the_rules_of_files():
    numbers, texts = pl.Series([7, 12]), pl.Series(["007", "7", "a b"])
    assert lookup(numbers, ["\u00a012", '"7"', "12.0"]).tolist() == [1, 0, 1]
    assert lookup(texts, [" 007", "7", "\ufeffa b"]).tolist() == [0, 1, 2]
    for ids, word in ((numbers, "007"), (numbers, "7.5"), (texts, "7.0"), (texts, "A b")):
        with pytest.raises(InputError, match=f"unknown id '{word}'"):
            lookup(ids, [word])
    assert lookup(numbers, []).dtype == np.int32


@pytest.mark.parametrize("written", ["4.00638E+12", "1.000e+15"])
def test_ids_that_a_spreadsheet_rounded_are_refused(tmp_path, written):
    path = tmp_path / "rounded.csv"
    path.write_text(f"user,item\n1,7\n2,{written}\n1,{written}\n")
    with pytest.raises(InputError, match=r"line 3: item id '.*' is rounded, as spreadsheets"):
        read_table(path)
