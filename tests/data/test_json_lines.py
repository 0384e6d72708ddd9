import gzip
import json

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Columns, json_lines, read_links, read_table, read_triples


def write(folder, *lines, name="x.jsonl"):
    path = folder / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson", "x.json", "x.jsonl.gz", "x.ndjson.gz"])
def test_keys_are_columns_in_any_order(tmp_path, name):
    lines = (
        {"user_id": 1, "item_id": "a", "stars": 4.5, "tags": ["x"]},
        {"item_id": "b", "stars": 3, "user_id": 2},
    )
    assert read_table(write(tmp_path, *lines, name=name)).rows() == [(1, "a", 4.5), (2, "b", 3.0)]


def test_a_value_is_read_as_the_same_text_in_csv(tmp_path):
    """Whole numbers beyond 2^53 and every digit of a time, numbers in quotes, true and false."""
    (tmp_path / "x.csv").write_text(
        "user,item,label,ts\n9007199254740993,7.0,true,1700000000.123456789\n8,7,false,1700000001\n"
    )
    path = write(
        tmp_path,
        '{"user": 9007199254740993, "item": 7.0, "label": true, "ts": 1700000000.123456789}',
        '{"user": "8", "item": " 7", "label": false, "ts": "1700000001"}',
    )
    frame = read_table(path)
    assert frame.equals(read_table(tmp_path / "x.csv"))
    assert frame["nanosecond"].to_list() == [123456789, 0]


def test_lines_are_read_alike_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(json_lines, "_LINES", 2)
    rows = [{"user": n, "item": n + 1} | ({"title": f"t{n}"} if n == 4 else {}) for n in range(5)]
    frame = read_table(write(tmp_path, *rows), Columns(title="title"))
    assert frame.rows() == [(n, n + 1, "t4" if n == 4 else None) for n in range(5)]
    rows[3]["item"] = {"id": 4}
    with pytest.raises(InputError, match="line 4: the item 'item' holds an object"):
        read_table(write(tmp_path, *rows))


GOOD = '{"user": 1, "item": 2, "rating": 3}'
BAD = {
    "empty": ([" "], ["is empty"]),
    "an array": (["[" + GOOD + "]"], ["begins with '['", "jq -c '.[]' x.jsonl"]),
    "broken": ([GOOD, '{"user": 1, "item"'], ["line 2", "no whole JSON object", "a line"]),
    "two in one": ([GOOD + GOOD], ["line 1", "no whole JSON object (Extra data)"]),
    "spread": (["{", '"user": 1}'], ["line 1", "an object a line"]),
    "blank": ([GOOD, "", GOOD], ["line 2 is blank"]),
    "a number": ([GOOD, "7"], ["line 2 is no JSON object"]),
    "nothing": ([GOOD, "{}"], ["line 2 is an empty object"]),
    "deep": ([GOOD, "[" * 100_000], ["line 2", "too deep"]),
    "twice": ([GOOD, '{"user": 1, "item": 2, "user": 3}'], ["line 2 has two values of 'user'"]),
    "missing": (
        [GOOD, '{"user": 1, "item": 2}', '{"user": 1, "item": 3}'],
        ["line 2 has no rating, nor have 1 other rows", "fill"],
    ),
    "null": ([GOOD, '{"user": null, "item": 2, "rating": 3}'], ["line 2 has no user"]),
    "NaN": ([GOOD, '{"user": 1, "item": 2, "rating": NaN}'], ["line 2", "'NaN'", "finite"]),
    "nested": ([GOOD, '{"user": [1], "item": 2}'], ["line 2: the user 'user' holds an object or"]),
    "half": ([GOOD, '{"user": "\\ud800", "item": 2}'], ["line 2 holds half of a UTF-16"]),
    "line break": ([GOOD, '{"user": "a\\nb", "item": 2, "rating": 1}'], ["line 2", "line break"]),
    "names": (['{"who": 1, "what": 2}'], ["no column for the user", "who, what"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_lines_are_refused_in_one_line(tmp_path, case):
    lines, named = BAD[case]
    with pytest.raises(InputError) as error:
        read_table(write(tmp_path, *lines))
    assert all(word in str(error.value) for word in named), error.value
    assert len(str(error.value).splitlines()) == 1


def test_facts_and_links_are_read_too(tmp_path):
    triples = write(tmp_path, {"tail": 7, "head": "a", "relation": "r", "since": {"year": 1}})
    assert read_triples(triples).rows() == [("a", "r", "7")]
    links = write(tmp_path, {"entity": "e", "item": 3}, {"item": 4})
    with pytest.raises(InputError, match="line 2 has no entity"):
        read_links(links)
    links = write(tmp_path, {"entity": "e", "item": 3}, {"item": 4, "entity": []})
    with pytest.raises(InputError, match="line 2: the entity 'entity' holds an object or an array"):
        read_links(links)


def test_what_polars_writes_is_read(tmp_path):
    frame = pl.DataFrame({"user": ["ä", "b"], "item": [1, 2], "title": ["x\ny", None]})
    frame.write_ndjson(tmp_path / "x.ndjson")
    assert read_table(tmp_path / "x.ndjson", Columns(title="title")).equals(frame)
