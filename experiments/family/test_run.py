import dataclasses
import json

import pytest

from experiments.family.run import Config, main
from jaxrec.base import InputError


def test_rows_are_searched_then_tested_on_every_seed(block_data, tmp_path):
    rows = ("filter_r", "lightgcn, softmax")
    few = Config(data=(block_data,), rows=rows, trials=1, epochs=5, batch_size=256, seeds=(0, 1))
    found = main(dataclasses.replace(few, out=str(tmp_path)))[block_data]
    assert list(found) == list(rows)
    assert set(found["filter_r"]["chosen"]) == {"r"}
    assert set(found["lightgcn, softmax"]["chosen"]) == {"learning_rate", "l2"}
    assert [len(found[row]["runs"]) for row in rows] == [1, 2]  # A filter knows no seed.
    for row in found.values():
        for run in row["runs"]:
            assert run["test"]["recall@20"] > 4 * run["baselines"]["popularity"]["recall@20"]
    written = json.loads((tmp_path / f"{block_data}.json").read_text())["rows"]
    assert written == json.loads(json.dumps(found))
    again = main(dataclasses.replace(few, rows=("filter_r",), out=str(tmp_path)))
    assert again[block_data] == written  # Kept, the row that was not asked for as well.
    other = dataclasses.replace(few, rows=("filter_r",), trials=2, out=str(tmp_path))
    assert list(main(other)[block_data]) == ["filter_r"]  # Of another search.


def test_a_row_that_there_is_not_is_refused_by_those_that_there_are():
    with pytest.raises(InputError, match="--rows: no row is called 'lightgnc'; .*lightgcn, binary"):
        main(Config(rows=("lightgnc",)))
