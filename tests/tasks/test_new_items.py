"""Items that training never saw, encoded by their features: asked about, listed, exported."""

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import apply_features, load_fitted
from tests.tasks.test_pinsage import SETTINGS, by_hand, words_of

N_ITEMS = 12
KINDS = "red blue green".split()


def items_frame(ids, seed=1):
    """Items whose vector and kind say which group of four they are of."""
    group = np.array(ids) // 4
    vector = np.eye(3)[group] + np.random.default_rng(seed).normal(0, 0.1, (len(ids), 3))
    titles = [f"{KINDS[n // 4]} tea {n}" for n in ids]
    known = {"item": [f"i{n}" for n in ids], "title": titles, "price": [float(n % 5) for n in ids]}
    return pl.DataFrame(known | {"vector": vector.round(3).tolist()})


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Users who stay with a group of items, and three more items: one of each group."""
    folder, rng = tmp_path_factory.mktemp("shop"), np.random.default_rng(0)
    rows = [
        (f"u{user}", f"i{4 * (user % 3) + item}", user * 100 + place)
        for user in range(45)
        for place, item in enumerate(rng.permutation(4))
    ]
    clicks = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    clicks.write_csv(folder / "clicks.csv")
    items_frame(range(N_ITEMS)).write_parquet(folder / "items.parquet")
    new = items_frame([1, 5, 9], seed=2).with_columns(item=pl.Series(["n0", "n1", "n2"]))
    pl.concat([new, items_frame([3])]).write_parquet(folder / "new.parquet")
    words = ["--data", str(folder / "clicks.csv"), "--model", "pinsage"]
    words += ["--item-features", str(folder / "items.parquet"), "--out", str(folder / "run")]
    assert main(["train", *words, *words_of(SETTINGS)]) == 0
    return folder


def test_a_new_item_is_near_those_that_are_like_it(shop, capfd):
    words = ["similar", str(shop / "run"), "--items", "n0", "n1", "n2", "--k", "3"]
    assert main([*words, "--new-items", str(shop / "new.parquet")]) == 0
    told = capfd.readouterr()
    found = pl.read_csv(told.out.encode())
    said = "new.parquet: 3 new items, encoded by their features; 1 rows are of items of the run"
    assert said in " ".join(told.err.split())
    for group in range(3):
        near = found.filter(similar_to=f"n{group}")["item"].to_list()
        assert set(near) <= {f"i{n}" for n in range(4 * group, 4 * group + 4)}


def test_vectors_are_those_of_the_papers_algorithms_without_neighbors(shop, tmp_path):
    out = str(tmp_path / "vectors.parquet")
    words = ["export", str(shop / "run"), "--vectors", out]
    assert main([*words, "--new-items", str(shop / "new.parquet")]) == 0
    found = pl.read_parquet(out)
    assert found["item"].tail(3).to_list() == ["n0", "n1", "n2"]
    vectors = np.array(found["vector"].to_list())
    run = jaxrec.load(shop / "run")
    own = np.array(run.vectors()["vector"].to_list())
    np.testing.assert_allclose(vectors[:N_ITEMS], own, rtol=1e-5)  # Those of the run stay.
    new = pl.read_parquet(shop / "new.parquet").head(3)
    encoded = apply_features(load_fitted(shop / "run" / "features-item.npz"), new)
    feature = np.concatenate([encoded.value, encoded.known, np.zeros((3, 2))], axis=1)
    trained = run._trained
    empty = jax.tree.map(lambda each: np.zeros((3, each.shape[1]), each.dtype), trained.graph.graph)
    alone = trained._replace(graph=trained.graph._replace(graph=empty))
    np.testing.assert_allclose(vectors[N_ITEMS:], by_hand(alone, feature), rtol=1e-4)


def test_new_items_are_recommended_beside_the_others(shop, capfd):
    words = ["recommend", str(shop / "run"), "--users", "u0", "u1", "--k", "1"]
    assert main([*words, "--new-items", str(shop / "new.parquet")]) == 0
    listed = pl.read_csv(capfd.readouterr().out.encode())
    assert listed["item"].to_list() == ["n0", "n1"]  # Users have all others of their groups.
    assert listed["title"].to_list() == ["red tea 1", "blue tea 5"]


def test_python_takes_a_frame_and_a_new_user_may_have_a_new_item(shop):
    run = jaxrec.load(shop / "run")
    wider = run.with_new_items(pl.read_parquet(shop / "new.parquet"))
    found = wider.recommend(items=["n2"], k=4)["item"].to_list()
    assert sorted(found) == [f"i{n}" for n in (10, 11, 8, 9)]
    with pytest.raises(InputError, match="n2"):
        run.similar(["n2"])


def test_one_of_which_nothing_is_known_is_counted(shop, tmp_path, capfd):
    frame = pl.DataFrame({"item": ["n7"]}).with_columns(title=None, price=None, vector=None)
    frame.write_parquet(tmp_path / "empty.parquet")
    words = ["similar", str(shop / "run"), "--items", "n7", "--k", "1"]
    assert main([*words, "--new-items", str(tmp_path / "empty.parquet")]) == 0
    assert "nothing is known of 1 of them" in " ".join(capfd.readouterr().err.split())


NEW = {"item": ["n0"], "title": ["red tea"], "price": [1.0], "vector": [[1.0, 0.0, 0.0]]}


@pytest.mark.parametrize(
    "change,said",
    [
        (None, "none.parquet does not exist"),
        ({"price": None}, "new.parquet lacks price, which the run was trained with"),
        ({"price": ["cheap"]}, "column 'price' of new.parquet holds String, and the run was"),
        ({"title": [[1.0]]}, "column 'title' of new.parquet holds List(Float64)"),
        ({"vector": [[1.0, 0.0]]}, "vector"),
        ({"vector": [["a"]]}, "column 'vector' of new.parquet holds List(String)"),
        ({"item": None}, "no column of ids"),
        ({"item": ["i0"]}, "all 1 items of new.parquet are items of the run already"),
        ({name: cells * 2 for name, cells in NEW.items()}, "two rows of item 'n0'"),
        ({"item": [None]}, "row 1 has no id"),
    ],
)
def test_what_cannot_be_encoded_is_refused_in_one_line(change, said, shop, tmp_path, capfd):
    path = tmp_path / ("new.parquet" if change is not None else "none.parquet")
    if change is not None:
        kept = {name: cells for name, cells in (NEW | change).items() if cells is not None}
        pl.DataFrame(kept, strict=False).write_parquet(path)
    code = main(["similar", str(shop / "run"), "--items", "i0", "--new-items", str(path)])
    told = capfd.readouterr().err.strip().splitlines()
    assert code == 2 and said in told[-1]


@pytest.mark.parametrize(
    "model,settings,said",
    [
        ("mf", {"dim": 4, "steps": 1}, "mf does not encode new items by their features (pinsage"),
        ("pinsage", SETTINGS | {"steps": 1}, "was trained without --item-features"),
    ],
)
def test_runs_that_have_no_features_refuse_new_items(model, settings, said, shop, capfd):
    data = jaxrec.read(str(shop / "clicks.csv"))
    run = jaxrec.fit(data, model, **settings | {"epochs": 1, "refit": False})
    words = ["--new-items", str(shop / "new.parquet")]
    assert main(["recommend", str(run.folder), "--all", *words]) == 2
    assert said in capfd.readouterr().err
    assert main(["export", str(run.folder), "--index", "hnsw", *words]) == 2
    assert "adds to --vectors of items; give --vectors FILE" in capfd.readouterr().err
