import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from experiments.friends.compare import BASELINES, METRICS, Measured, comparisons
from experiments.friends.run import METHODS, Config, main
from jaxrec.base import InputError
from jaxrec.data import KNOWN, RELATIONS, Known, KnownRelation

TINY = Config(data="made", dim=8, batch_size=256, epochs=6, link_epochs=4, seeds=(0,))


@pytest.fixture
def circles(monkeypatch, tmp_path):
    """Users of a circle share items, and half of all pairs in it are friends."""
    rng = np.random.default_rng(0)
    n_users, n_items, n_circles = 60, 60, 4
    own = np.arange(n_users)[:, None] % n_circles == np.arange(n_items) % n_circles
    user, item = np.nonzero(rng.random((n_users, n_items)) < np.where(own, 0.7, 0.02))
    frame = pl.DataFrame({"user": user, "item": item})
    pairs = [(u, v) for u in range(n_users) for v in range(u) if (u - v) % n_circles == 0]
    friends = np.array(pairs)[rng.random(len(pairs)) < 0.5]
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "friends.txt").write_text("".join(f"{u} {v}\n" for u, v in friends))
    known = Known("made up", "tests", lambda _: frame, folder="made")
    monkeypatch.setitem(KNOWN, "made", known)
    relation = KnownRelation("friends.txt", "user", "user", directed=False)
    monkeypatch.setitem(RELATIONS, "made", {"friends": relation})
    return tmp_path


def test_joint_and_separate_models_beat_popularity_and_degree(circles, tmp_path):
    out = tmp_path / "out"
    found = main(dataclasses.replace(TINY, data_dir=str(circles), out=str(out)))
    rows = found["rows"]
    assert tuple(rows) == (*METHODS, *BASELINES)
    for name in ("mutualrec", "mutualrec_items", "diffnet", "lightgcn", "mf"):
        for row in rows[name]:
            assert row["items"]["recall@10"] > row["popularity"]["recall@10"]
    for name in ("mutualrec", "mutualrec_friends", "lightgcn_links", "adamic_adar"):
        for row, degree in zip(rows[name], rows["degree"], strict=True):
            assert row["friends"]["recall@10"] > degree["friends"]["recall@10"]
    assert "items" not in rows["mutualrec_friends"][0]
    assert "friends" not in rows["mutualrec_items"][0]
    for one in found["comparisons"]:
        ours, other = (
            rows[name][0][one["ranked"]][one["metric"]] for name in ("mutualrec", one["against"])
        )
        assert one["difference"] == pytest.approx(ours - other, abs=1e-6)
        assert one["low"] <= one["difference"] <= one["high"] and 0 <= one["p"] <= 1
    asked = {(one["ranked"], one["against"], one["metric"]) for one in found["comparisons"]}
    assert len(asked) == (4 + 5) * len(METRICS)
    written = json.loads((out / "made.json").read_text())
    assert written["rows"] == json.loads(json.dumps(rows))


def test_users_weigh_alike_however_many_seeds_measured_them():
    def measured(**recall: float) -> Measured:
        columns = {"user": list(recall)} | {name: list(recall.values()) for name in METRICS}
        return Measured({}, {"friends": pl.DataFrame(columns)})

    ours = [measured(a=1.0, b=0.5, c=0.25), measured(a=0.0, b=0.5)]
    runs = {"mutualrec": ours, "degree": [measured(a=0.0, b=0.0, c=0.0), measured(a=0.0, b=0.5)]}
    for one in comparisons(runs):
        assert (one["against"], one["n_users"]) == ("degree", 3)
        assert one["difference"] == pytest.approx((0.5 + 0.25 + 0.25) / 3)


def test_a_method_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="--methods: no row is called 'mr'; choose of mutualrec,"):
        main(Config(methods=("mr",)))
