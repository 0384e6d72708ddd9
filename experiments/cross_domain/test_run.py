import dataclasses
import json

import numpy as np
import pytest

from experiments.cross_domain.compare import compared
from experiments.cross_domain.run import FOLDER, METHODS, Config, main
from jaxrec.base import InputError
from jaxrec.data import block_model
from jaxrec.evaluate import compare_users

TINY = Config(seeds=(0,), dim=8, batch_size=256, early=2, epochs=6, steps=2, n_nodes=4, views=16)


@pytest.fixture
def two_domains(tmp_path):
    """Two folders with the same users, who interact mostly with items of their own block."""
    for seed, name in enumerate(Config.data):
        folder = tmp_path / FOLDER / name
        folder.mkdir(parents=True)
        pairs = block_model(n_users=80, n_items=90, n_blocks=6, p_in=0.5, p_out=0.02, seed=seed)
        lines = [f"{u}\t{i}\t1\n" for u, i in zip(pairs.user, pairs.item, strict=True)]
        held_out = np.arange(len(lines)) % 6 == 0
        for part, chosen in (("train", ~held_out), ("test", held_out)):
            text = "".join(line for line, here in zip(lines, chosen, strict=True) if here)
            (folder / f"{part}.txt").write_text(text)
    return tmp_path


def test_every_beginning_is_measured_twice_and_beats_popularity(two_domains, tmp_path):
    out = tmp_path / "out"
    found = main(dataclasses.replace(TINY, data_dir=str(two_domains), out=str(out)))
    for target in Config.data:
        rows = found[target]["rows"]
        assert tuple(rows) == METHODS
        for by_time in rows.values():
            assert [row["epoch"] for row in by_time["early"]] == [2]
            assert [row["seed"] for row in by_time["end"]] == [0]
            for row in by_time["end"]:
                assert row["epoch"] <= 6
                assert row["test"]["recall@20"] > row["popularity"]["recall@20"]
        starts = {method: rows[method]["early"][0]["valid"] for method in METHODS}
        assert len(set(starts.values())) > 2
        asked = [tuple(c.values())[:4] for c in found[target]["comparisons"]]
        assert len(set(asked)) == 16 and ("pretrained", "untrained", "end", "ndcg@20") in asked
        written = json.loads((out / f"{target}.json").read_text())
        assert written["rows"] == json.loads(json.dumps(rows))
        assert written["comparisons"] == found[target]["comparisons"]


def test_the_largest_of_three_corrected_p_values_is_told():
    rng = np.random.default_rng(0)
    first = rng.random(40)
    pairs = [({"n": n}, first, first + 0.02 * n + 0.1 * rng.random(40)) for n in (0, 1)]
    found = compared(pairs)
    each = [compare_users(first, second) for _, first, second in pairs]
    for test in ("t", "wilcoxon", "permutation"):
        raw = [one.p_values[test] for one in each]
        for one, p in zip(found, raw, strict=True):
            assert one["p"] >= p
    low, high = sorted(found, key=lambda one: one["p"])
    assert low["p"] <= high["p"] <= 1 and [one["n"] for one in found] == [0, 1]
    np.testing.assert_allclose(found[1]["difference"], np.mean(pairs[1][2] - first))


def test_data_and_methods_that_there_are_not_are_refused(tmp_path):
    with pytest.raises(InputError, match="no folder amazon-cross-domain in"):
        main(Config(data_dir=str(tmp_path)))
    with pytest.raises(InputError, match="--methods: no row is called 'rnd'; choose of random,"):
        main(Config(methods=("rnd",)))
