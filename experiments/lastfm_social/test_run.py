import dataclasses
import json

import pytest

from experiments.lastfm_social.run import PUBLISHED, Config, main
from experiments.recipe import summary
from jaxrec.base import InputError

TINY = Config(models=("lightgcn",), seeds=(0,), dim=16, batch_size=256, epochs=10)


def test_beats_popularity_within_seconds(block_data, tmp_path):
    (run,) = main(dataclasses.replace(TINY, data=block_data, out=str(tmp_path)))["lightgcn"]
    assert run["test"]["recall@10"] > 4 * run["baselines"]["popularity"]["recall@10"]
    written = json.loads((tmp_path / "lightgcn.json").read_text())
    assert written["rows"] == [run]


def test_a_model_without_a_recipe_is_refused_by_those_that_have_one():
    with pytest.raises(InputError, match="no row is called 'gcn'; choose of mf, ngcf, light"):
        main(Config(models=("gcn",)))


@pytest.mark.slow
def test_reaches_the_published_table(data_dir, tmp_path):
    rows = main(Config(data_dir=str(data_dir), out=str(tmp_path)))
    for model, runs in rows.items():
        recall, ndcg = PUBLISHED[model]
        assert summary(runs, "recall@10")[0] > recall - 0.004
        assert summary(runs, "ndcg@10")[0] > ndcg - 0.004
