"""The Python of docs/web_scale.md runs, block after block, as it stands."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np

DOC = Path(__file__).parents[1] / "docs" / "web_scale.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOC.read_text(), flags=re.DOTALL)
NEEDS = {"# with the extra beam\n": "apache_beam", "# with the extra ann\n": "faiss"}


def test_the_blocks_of_web_scale_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in BLOCKS:
        needed = [package for line, package in NEEDS.items() if block.startswith(line)]
        if all(find_spec(package) for package in needed):
            exec(compile(block, DOC.name, "exec"), names)
    catalogue, n_items = names["catalogue"], names["n_items"]
    assert names["band"].shape == (n_items, 100) and int(names["progress"].state.step) == 20
    # The two new items are the first two again.
    np.testing.assert_allclose(names["new"], catalogue.item[:2], atol=1e-5)
    score = names["new"] @ catalogue.item.T
    nearest = -np.sort(-score, axis=1)[:, :5]
    np.testing.assert_allclose(np.take_along_axis(score, names["best"], 1), nearest, atol=1e-5)
    np.testing.assert_allclose(score[:, names["found"][:, 0]].diagonal(), nearest[:, 0], atol=1e-5)
    assert len(names["interests"].medoid) >= 1
    if find_spec("apache_beam"):
        order = np.argsort(names["ids"])
        np.testing.assert_allclose(names["vector"], catalogue.item[order], atol=1e-6)
