import json

from benchmarks import harness, scaling
from benchmarks.test_benchmarks import KEYS


def test_every_way_to_split_ends_with_the_tables_of_one_device(small_clicks, tmp_path):
    options = harness.Options(data=str(small_clicks), out=str(tmp_path), quick=True, repeats=1)
    rows = scaling.main(options)
    assert [
        json.loads(line) for line in (tmp_path / "scaling.jsonl").read_text().splitlines()
    ] == rows
    assert all(set(KEYS.split()) <= set(row) and row["median_ms"] > 0 for row in rows)
    assert len(rows) == 6 and max(row["difference"] for row in rows) < 1e-5
    assert (tmp_path / "scaling.png").stat().st_size > 1000
