"""News through the front door: clicks with labels, and titles beside them."""

import logging
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.base import Batch
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.item_features import load_item_features
from jaxrec.runs.store.run_folder import read_data

WORDS = ("tea cup leaf", "goal match team", "vote party seat")
N_NEWS = 24


@pytest.fixture(scope="module")
def clicks():
    """Users who click the news of one subject, and are shown others."""
    rng, rows = np.random.default_rng(0), []
    for user in range(40):
        for news in rng.choice(N_NEWS, 10, replace=False):
            rows.append((f"u{user}", f"n{news}", int(news % 3 == user % 3)))
    return pl.DataFrame(rows, schema=["user", "item", "label"], orient="row")


@pytest.fixture(scope="module")
def news():
    rng = np.random.default_rng(1)
    title = [" ".join(rng.permutation(WORDS[n % 3].split())[:2]) for n in range(N_NEWS)]
    return pl.DataFrame({"item": [f"n{n}" for n in range(N_NEWS)], "title": title})


@pytest.fixture(scope="module")
def run(clicks, news, tmp_path_factory):
    logging.getLogger("absl").setLevel(logging.ERROR)  # Orbax tells of every folder.
    file = tmp_path_factory.mktemp("news") / "news.csv"
    news.write_csv(file)
    data = jaxrec.Dataset.from_frame(
        clicks, user="user", item="item", rating="label", min_rating=0.0
    )
    given = {"item_features": str(file), "dim": 4, "word_dim": 4, "epochs": 1}
    return jaxrec.fit(data, "gnewsrec", split="rows", n_topics=3, n_recent=4, **given)


def test_labels_are_learned_by_cross_entropy_and_l2_of_all_but_biases(run):
    data = read_data(run.folder)
    training = build_training(run.options, data.split.train, **data.beside)
    user, item = (jnp.asarray(part[:6]) for part in (data.split.train.user, data.split.train.item))
    label = jnp.array([1.0, 0, 1, 0, 0, 1])[:, None]
    batch = Batch(user, item[:, None], label, jnp.ones((6, 1), bool))
    params = jax.tree.map(lambda leaf: leaf * 3 + 0.1, training.model.init(jax.random.key(7)))
    state = training.step.init(params, jax.random.key(8))
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    reps = training.model.encode(params, training.graph, key=state.step_key(1))
    scores = np.asarray(training.model.score(reps, user, item[:, None]), np.float64)
    entropy = np.mean(np.logaddexp(0, np.where(label > 0, -scores, scores)))
    leaves = jax.tree_util.tree_leaves_with_path(params)
    squares = sum(
        float(np.sum(np.square(leaf, dtype=np.float64)))
        for path, leaf in leaves
        if "bias" not in jax.tree_util.keystr(path)
    )
    assert float(metrics["rank"]) == pytest.approx(entropy, rel=1e-4)
    assert float(metrics["loss"]) == pytest.approx(entropy + 5e-3 * squares / 2, rel=1e-4)


def test_a_run_on_ones_own_clicks_and_titles(run, news):
    assert {"popularity", "click_rate", "title_tfidf"} <= set(run.results["baselines"])
    assert run.results["test"]["auc"] > 0.9 > run.results["baselines"]["popularity"]["auc"]
    stored = read_data(run.folder)
    assert stored.titles is not None and set(stored.titles) <= set(news["title"])
    assert stored.features is not None and stored.features.fitted["title"].grams.tolist() == [3, 5]
    top = run.recommend(["u0"], k=2)
    assert set(top["title"].str.split(" ").explode()) <= set(WORDS[0].split())
    with pytest.raises(InputError, match="no vector of an item alone; ask jaxrec recommend"):
        run.similar(top["item"][:1].to_list())


def test_news_without_titles_are_refused(clicks):
    data = jaxrec.Dataset.from_frame(
        clicks, user="user", item="item", rating="label", min_rating=0.0
    )
    with pytest.raises(InputError, match="no column title; give --item-features FILE"):
        jaxrec.fit(data, "gnewsrec", split="rows")


def test_rows_without_a_title_are_counted_and_told(clicks, news, tmp_path, caplog):
    """One row with an empty cell, one without the cell, and one news without a row."""
    lines = news.write_csv().splitlines()
    lines[1:4] = ["n0,", "n1"]
    (tmp_path / "news.csv").write_text("\n".join(lines) + "\n")
    data = jaxrec.Dataset.from_frame(
        clicks, user="user", item="item", rating="label", min_rating=0.0
    )
    options = SimpleNamespace(model="gnewsrec", item_features=tmp_path / "news.csv")
    with caplog.at_level("INFO", "jaxrec"):
        found, about = load_item_features(options, data, np.arange(N_NEWS), data.interactions)
    assert found is not None and found.frame["title"].null_count() == 3
    assert (about["without_title"], about["without_row"]) == (3, 1)
    assert "3 of 24 items have no title: the model reads no words of them" in caplog.text
