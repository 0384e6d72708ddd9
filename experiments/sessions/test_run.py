import dataclasses
import json

import numpy as np
import polars as pl

from experiments.sessions.run import PROTOCOLS, ROWS, Config, main
from jaxrec.data import KNOWN
from jaxrec.registry import MODELS
from jaxrec.tasks import NEXT_ITEM


def test_a_row_learns_and_is_kept(tmp_path):
    """What follows is the item after the one before the last: no baseline can tell."""
    rng, rows = np.random.default_rng(0), []
    for session in range(120):
        items = rng.integers(24, size=2).tolist()
        while len(items) < 6:
            items.append((items[-2] + 1) % 24)
        rows += [(session, item, 10 * session + n) for n, item in enumerate(items)]
    path = tmp_path / "sessions.csv"
    pl.DataFrame(rows, schema=["user", "item", "time"], orient="row").write_csv(path)
    config = Config(data=(str(path),), rows=("srgnn",), seeds=(0,), dim=16, batch_size=32)
    config = dataclasses.replace(config, steps=100, epochs=5, out=str(tmp_path / "out"))
    found = main(config)[str(path)]
    (run,) = found["srgnn"]
    assert run["test"]["mrr@20"] > 1.3 * max(one["mrr@20"] for one in run["baselines"].values())
    written = json.loads((tmp_path / "out" / "sessions.json").read_text())["rows"]
    assert main(config)[str(path)] == written  # Kept.


def test_rows_and_data_are_known():
    assert set(PROTOCOLS) <= set(KNOWN)
    for protocol in PROTOCOLS.values():
        assert all(metric.endswith(f"@{protocol.options['k'][0]}") for metric in protocol.metrics)
        assert all(0 < a < 1 and 0 < b < 1 for a, b in protocol.published.values())
    trained = {name for name, entry in MODELS.items() if entry.trained and NEXT_ITEM in entry.tasks}
    assert {model for model, _ in ROWS.values()} == trained
