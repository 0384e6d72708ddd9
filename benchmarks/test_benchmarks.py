import json

import pytest

from benchmarks import evaluate, harness, peers, train_step

KEYS = "benchmark case formulation median_ms spread_ms peak_mb device versions"


@pytest.mark.parametrize("benchmark", [train_step, evaluate, peers])
def test_a_quick_run_writes_rows_and_a_picture(benchmark, tmp_path):
    if benchmark is peers:
        pytest.importorskip("torch")
        pytest.importorskip("torch_geometric")
    options = harness.Options(data="movielens-small", out=str(tmp_path), quick=True, repeats=2)
    rows = benchmark.main(options)
    name = rows[0]["benchmark"]
    written = [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
    assert written == rows
    assert all(set(KEYS.split()) <= set(row) and row["median_ms"] > 0 for row in rows)
    assert (tmp_path / f"{name}.png").stat().st_size > 1000


def test_peers_without_torch_say_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        peers.main(harness.Options())
    assert stopped.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "no torch and no torch_geometric here: pip install 'jaxrec[bench]'"
    ]


def test_cases_take_turns():
    calls = []
    seconds = harness.alternate([lambda: calls.append("a"), lambda: calls.append("b")], 3, list)
    assert calls == ["a", "b"] * 3
    assert [len(times) for times in seconds] == [3, 3]
