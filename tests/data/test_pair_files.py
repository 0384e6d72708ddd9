"""Files of pairs of items: a direction, a count, and what is dropped."""

import polars as pl
import pytest

from jaxrec import Dataset, InputError
from jaxrec.data import read_item_pairs

DATA = Dataset.from_frame({"user": [*"xxyy"], "item": [*"abcd"]})


def counted(path):
    pairs, ids = read_item_pairs(path, DATA), DATA.item_ids
    ends = zip(ids.gather(pairs.senders), ids.gather(pairs.receivers), strict=True)
    return dict(zip(ends, pairs.weight.tolist(), strict=True)), pairs.counts


@pytest.mark.parametrize(
    "name,text",
    {
        "named.csv": "seen,then,count\nb,a,2\na,b,1\nb,a,3\n",
        "bare.tsv": "b\ta\t2\na\tb\t1\nb\ta\t3\n",
        "lines.jsonl": '{"x": "b", "y": "a", "n": 5}\n{"x": "a", "y": "b", "n": 1}\n',
    }.items(),
)
def test_counts_of_a_pair_add_up_and_each_direction_is_its_own(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert counted(tmp_path / name)[0] == {("a", "b"): 1, ("b", "a"): 5}


def test_without_counts_every_row_is_one_and_what_is_dropped_is_counted(tmp_path):
    rows = {"query": [*"aaacz"], "answer": [*"bbcca"]}
    pl.DataFrame(rows).write_parquet(tmp_path / "pairs.parquet")
    found, counts = counted(tmp_path / "pairs.parquet")
    assert found == {("a", "b"): 2, ("a", "c"): 1}
    assert counts == {"rows_read": 5, "unknown_item": 1, "self_links": 1, "repeated": 1}


@pytest.mark.parametrize(
    "text,said",
    {
        "x,y\nq,r\n": "none of 1 edges of pairs.csv",
        "x,y,count\na,b,0\n": "a pair with the count 0; give counts above 0",
        "x,y,count\na,b,-2\n": "a pair with the count -2",
        "x,y,count\na,b,many\n": "pairs.csv line 2: weight 'many' is not a finite number",
        "x,y,shop\na,b,s\n": "has the columns x, y, shop; leave two of item ids",
        "x\na\n": "line 1 is a single value",
        "x,y\na,a\n": "self-links alone",
    }.items(),
)
def test_what_holds_no_pairs_is_refused_in_one_line(text, said, tmp_path):
    (tmp_path / "pairs.csv").write_text(text)
    with pytest.raises(InputError, match=said) as refused:
        read_item_pairs(tmp_path / "pairs.csv", DATA)
    assert "\n" not in str(refused.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder; give a file of pairs"):
        read_item_pairs(tmp_path, DATA)
