import dataclasses
import json

import numpy as np
import pytest
import scipy.sparse

from experiments.node_classification import run as experiment
from experiments.node_classification.recipes import RECIPES
from experiments.node_classification.run import PUBLISHED, Config, main
from jaxrec.base import InputError


def papers(path, n_classes: int = 3, n_each: int = 40, seed: int = 0) -> str:
    """Papers that cite mostly within their field and use its words a little more than others'."""
    rng = np.random.default_rng(seed)
    label = rng.permutation(np.repeat(np.arange(n_classes), n_each))
    same = label[:, None] == label
    edge = np.argwhere(np.triu(rng.random(same.shape) < np.where(same, 0.15, 0.01), 1)).T
    chance = np.where(label[:, None] == np.arange(30) % n_classes, 0.3, 0.15)
    words = scipy.sparse.csr_array((rng.random(chance.shape) < chance).astype(np.float32))
    each = [np.flatnonzero(label == c) for c in range(n_classes)]
    parts = zip(*(np.split(nodes, [5, 15]) for nodes in each), strict=True)
    split = dict(zip(("train", "valid", "test"), map(np.concatenate, parts), strict=True))
    x = {f"x_{name}": getattr(words, name) for name in ("data", "indices", "indptr", "shape")}
    np.savez(path, edge=edge, label=label, **x, **split)
    return str(path)


def test_every_model_classifies_papers_that_cite_their_own_field(tmp_path, monkeypatch):
    data = papers(tmp_path / "papers.npz")
    short = {name: recipe | {"epochs": 60} for name, recipe in RECIPES.items()}
    monkeypatch.setattr(experiment, "RECIPES", short)
    rows = main(Config(data=(data,), seeds=(0, 1), out=str(tmp_path)))["papers"]
    assert rows.keys() == RECIPES.keys()
    for name, row in rows.items():
        written = json.loads((tmp_path / f"papers-{name}.json").read_text())
        assert written["rows"] == row and written["config"]["seeds"] == [0, 1]
        for run in row["runs"]:
            assert run["test"]["accuracy"] > 0.85 and run["test"]["smoothed"] > 0.9
            assert run["test"]["accuracy"] > run["baselines"]["logistic_regression"] + 0.3


def test_an_unknown_model_is_refused_at_the_start():
    with pytest.raises(InputError, match="--models: no row is called 'gcnn'"):
        main(Config(models=("gcnn",)))


@pytest.mark.slow
@pytest.mark.parametrize("data", PUBLISHED)
def test_comes_within_a_hundredth_of_what_is_published(data, data_dir, tmp_path):
    config = Config(data=(data,), models=tuple(PUBLISHED[data]), data_dir=str(data_dir))
    rows = main(dataclasses.replace(config, out=str(tmp_path)))[data]
    for name, published in PUBLISHED[data].items():
        found = np.mean([run["test"]["accuracy"] for run in rows[name]["runs"]])
        assert abs(found - published) <= 0.01
