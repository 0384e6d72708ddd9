"""PinSage through the front door: items with features, learned on sampled neighborhoods.

A long file, for one trained run is asked everything.
"""

import json
import logging

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_features
from jaxrec.runs import options_of
from jaxrec.runs.store.run_folder import read_data
from jaxrec.sampling import item_neighbors
from jaxrec.tasks import ITEM_TO_ITEM

N_ITEMS, N_GROUPS = 12, 3
SETTINGS = {"k": (3,), "select": "mrr@3", "epochs": 8, "steps": 20, "learning_rate": 0.01}
SETTINGS |= {"dim": 8, "hidden_dim": 8, "width": 4, "n_walks": 30, "shared_negatives": 20}
SETTINGS |= {"batch_size": 32, "validate_every": 4}


def words_of(settings):
    found = []
    for name, value in settings.items():
        value = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        found += [f"--{name.replace('_', '-')}", *value.split()]
    return found


@pytest.fixture(scope="module")
def frame():
    """Users who stay with the four items of a group, in any order."""
    rng, rows = np.random.default_rng(0), []
    for user in range(45):
        group = user % N_GROUPS
        for place, item in enumerate(rng.permutation(4)):
            rows.append((f"u{user}", f"i{4 * group + item}", user * 100 + place))
    return pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")


@pytest.fixture(scope="module")
def items():
    """What is known of all items but i11, and of one that nobody has."""
    group, rng = np.arange(N_ITEMS) // 4, np.random.default_rng(1)
    vector = np.eye(N_GROUPS)[group] + rng.normal(0, 0.1, (N_ITEMS, N_GROUPS))
    known = {
        "item": [f"i{n}" for n in range(11)] + ["i99"],
        "title": [f"{'red blue green'.split()[g]} tea {n}" for n, g in enumerate(group)],
        "price": [None, *map(float, range(1, N_ITEMS))],
        "vector": vector.round(3).tolist(),
    }
    return pl.DataFrame(known)


@pytest.fixture(scope="module")
def run(frame, items):
    data = jaxrec.Dataset.from_frame(frame)
    return jaxrec.fit(
        data.with_features("item", read_features(items, data).frame), "pinsage", **SETTINGS
    )


def by_hand(trained, feature):
    """Algorithms 1 and 2 of the paper for all items, in NumPy."""
    params = jax.tree.map(np.asarray, trained.params["layers"])
    dense = lambda of, x: x @ of["kernel"] + of.get("bias", 0)
    h, (sender, weight) = feature, map(np.asarray, trained.graph.graph)
    for k in range(2):
        layer = params[f"layer_{k}"]
        sent = np.maximum(dense(layer["project"], h), 0)
        pooled = np.einsum("itm,it->im", sent[sender], weight)
        h = np.maximum(dense(layer["join"], np.concatenate([h, pooled], axis=1)), 0)
        h = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-12)
    return dense(params["head"]["out"], np.maximum(dense(params["head"]["hidden"], h), 0))


def listed(ids, score, query, k):
    own = ids.index(query)
    order = [n for n in np.argsort(-score[own]) if n != own][:k]
    return [ids[n] for n in order], score[own][order]


def test_a_group_is_found_where_popularity_and_chance_are_not_enough(run):
    assert run.metrics["hit@3"] > 0.9 > run.results["baselines"]["popularity"]["hit@3"] + 0.3


def test_similar_items_are_those_of_the_papers_algorithms(run):
    trained, data = run._trained, read_data(run.folder)
    z, ids = by_hand(trained, np.asarray(trained.graph.feature)), data.item_ids.to_list()
    for query in ("i0", "i11"):
        names, scores = listed(ids, z @ z.T, query, 3)
        found = run.similar([query], k=3)
        assert found["item"].to_list() == names
        np.testing.assert_allclose(found["score"], scores, rtol=1e-4)


def test_users_are_recommended_what_goes_with_their_last_item(run, frame):
    trained, data = run._trained, read_data(run.folder)
    z, ids = by_hand(trained, np.asarray(trained.graph.feature)), data.item_ids.to_list()
    seen = frame.filter(user="u4")["item"].to_list()
    score = z @ z[ids.index(seen[-1])]
    order = [ids[n] for n in np.argsort(-score) if ids[n] not in seen]
    assert run.recommend(["u4"], k=2)["item"].to_list() == order[:2]
    assert (
        run.recommend(items=["i1", "i6"], k=3)["item"].to_list()
        == [name for name in listed(ids, z @ z.T, "i6", 4)[0] if name != "i1"][:3]
    )


def test_features_are_stored_by_the_rows_of_the_run_with_what_is_missing(run, items):
    data, about = read_data(run.folder), run.results["data"]["features"]
    stored = data.features.frame.insert_column(0, data.item_ids)
    joined = stored.select("item").join(items, on="item", how="left", maintain_order="left")
    assert stored.equals(joined)
    assert about["columns"] == {"title": "text", "price": "number", "vector": "dense"}
    assert about["missing"] == {"title": 1, "price": 2, "vector": 1}


def test_features_stand_beside_masks_and_degrees_of_training(run):
    trained, features = run._trained, read_data(run.folder).features
    feature = np.asarray(trained.graph.feature)
    np.testing.assert_allclose(feature[:, :-2], features.matrix(), rtol=1e-6)
    degree = np.log1p(np.bincount(trained.data.split.train.item, minlength=N_ITEMS))
    np.testing.assert_allclose(feature[:, -2], (degree - degree.mean()) / degree.std(), rtol=1e-4)
    assert feature[:, -1].tolist() == [1.0] * N_ITEMS
    price = features.frame["price"].to_numpy()
    scaled = (price - np.nanmean(price)) / np.nanstd(price)
    column = features.encoded().blocks["price"]
    np.testing.assert_allclose(feature[:, column][:, 0], np.nan_to_num(scaled), rtol=1e-5)


def test_neighbors_are_those_that_walks_of_training_visit_most(run):
    trained = run._trained
    key, sizes = jax.random.key(0), (4, 30, 5)
    expected = item_neighbors(key, trained.data.split.train, *sizes)
    for found, column in zip(trained.graph.graph, expected, strict=True):
        np.testing.assert_array_equal(found, column)


def test_the_command_line_trains_and_answers_the_same(run, frame, items, tmp_path, capfd):
    frame.write_csv(tmp_path / "clicks.csv")
    items.write_parquet(tmp_path / "items.parquet")
    out = tmp_path / "run"
    words = ["--data", str(tmp_path / "clicks.csv"), "--model", "pinsage", "--out", str(out)]
    words += ["--task", "item_to_item", "--item-features", str(tmp_path / "items.parquet")]
    assert main(["train", *words, *words_of(SETTINGS)]) == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "title (text, 1 missing), price (number, 2 missing), vector (dense, 1 missing)" in told
    assert "1 items of the data have no row in items.parquet" in told
    assert "1 rows are of items that the data lack, left out" in told
    written = json.loads((out / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    assert main(["evaluate", str(out), "--k", "3"]) == 0
    assert f"{run.metrics['mrr@3']:.4f}" in capfd.readouterr().out
    assert main(["similar", str(out), "--items", "i1", "--k", "2"]) == 0
    near = pl.read_csv(capfd.readouterr().out.encode())
    assert near["item"].to_list() == run.similar(["i1"], k=2)["item"].to_list()
    (tmp_path / "items.parquet").unlink()  # A run needs nothing but its folder.
    saved = jaxrec.load(out).save(tmp_path / "saved")
    assert saved.similar(["i2"]).equals(run.similar(["i2"]))
    (tmp_path / "saved" / "features-item.npz").write_bytes(b"damaged")
    with pytest.raises(InputError, match="features-item.npz was damaged"):
        jaxrec.load(tmp_path / "saved")


def test_without_features_each_item_has_a_learned_vector(frame, caplog):
    with caplog.at_level(logging.INFO, logger="jaxrec"):
        run = jaxrec.fit(jaxrec.Dataset.from_frame(frame), "pinsage", **SETTINGS, hard_negatives=2)
    trained = run._trained
    assert trained.params["feature"].shape == (N_ITEMS, SETTINGS["dim"])
    z = by_hand(trained, np.asarray(trained.params["feature"]))
    ids = trained.data.item_ids.to_list()
    assert run.similar(["i5"], k=3)["item"].to_list() == listed(ids, z @ z.T, "i5", 3)[0]
    assert run.metrics["hit@3"] > 0.9
    assert "features" not in run.results["data"]


def test_a_batch_holds_pairs_of_training_and_negatives_that_training_knows(frame):
    data = jaxrec.Dataset.from_frame(frame.filter(pl.col("item") != "i3"))
    train = data.interactions
    chosen = options_of("pinsage", batch_size=16, shared_negatives=30, margin=0.3)
    found = ITEM_TO_ITEM.batches(chosen, train)
    follows = set()
    order = np.lexsort((train.time, train.user))
    for one, two in zip(order, order[1:], strict=False):
        if train.user[one] == train.user[two]:
            follows.add((int(train.item[one]), int(train.item[two])))
    assert found.n_examples == len(follows)
    tables = jax.tree.map(np.asarray, found.tables)
    batch = jax.jit(found.sample)(jax.random.key(3), jax.device_put(tables))
    item, mask, label = (np.asarray(each) for each in (batch.item, batch.mask, batch.label))
    for row, query in enumerate(np.asarray(batch.query)):
        assert (int(query), int(item[label[row] > 0][0])) in follows and mask[row].any()
        others = {(int(query), int(answer)) for answer in item[mask[row] & (label[row] == 0)]}
        assert others and not others & follows and (query, query) not in others
    rng = np.random.default_rng(0)
    score = rng.normal(0, 0.3, mask.shape).astype(np.float32)
    hinge = [
        max(0, 0.3 + score[row, n] - score[row, label[row] > 0][0])
        for row in range(len(mask))
        for n in np.flatnonzero(mask[row] & (label[row] == 0))
    ]
    assert float(found.loss(score, label, mask)) == pytest.approx(np.mean(hinge), rel=1e-4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--item-features", "none.csv"], "none.csv does not exist"),
        (["--margin", "0"], "--margin is 0.0; give a number above 0"),
        (["--hard-negatives", "2", "--hard-ranks", "0.5", "0.1"], "--hard-ranks is 0.5 0.1; give"),
        (["--hard-ranks", "0.1", "0.5"], "but only --hard-negatives above 0 reads it"),
        (["--devices", "2"], "takes 2 devices"),
        (["--shared-negatives", "0"], "--shared-negatives is 0"),
        (["--width", "0"], "0 neighbors of 200 walks"),
        (["--pool", "median"], "--pool"),
        (["--select", "recall@20"], "choose one of hit@10, mrr@10"),
        (["--model", "item_knn", "--item-features", "x.csv"], "it belongs to pinsage"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(words, said, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "clicks.csv")
    base = ["train", "--data", str(tmp_path / "clicks.csv"), "--out", str(tmp_path / "run")]
    try:
        code = main([*base, "--model", "pinsage", *words])
    except SystemExit as stop:  # Of words that are no option.
        code = stop.code
    assert code == 2 and not (tmp_path / "run").exists()
    assert said in " ".join(capfd.readouterr().err.replace("│", " ").split())
