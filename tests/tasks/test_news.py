"""News through the front door: clicks with labels, and titles beside them."""

import logging

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
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


def test_a_run_on_ones_own_clicks_and_titles(clicks, news, tmp_path):
    logging.getLogger("absl").setLevel(logging.ERROR)  # Orbax tells of every folder.
    news.write_csv(tmp_path / "news.csv")
    data = jaxrec.Dataset.from_frame(
        clicks, user="user", item="item", rating="label", min_rating=0.0
    )
    given = {"item_features": str(tmp_path / "news.csv"), "dim": 4, "word_dim": 4, "epochs": 1}
    run = jaxrec.fit(data, "gnewsrec", split="rows", n_topics=3, n_recent=4, **given)
    assert {"popularity", "click_rate", "title_tfidf"} <= set(run.results["baselines"])
    assert run.results["test"]["auc"] > 0.9 > run.results["baselines"]["popularity"]["auc"]
    stored = read_data(run.folder)
    assert stored.titles is not None and set(stored.titles) <= set(news["title"])
    assert stored.features is not None and stored.features.fitted["title"].grams.tolist() == [3, 5]
    top = run.recommend(["u0"], k=2)
    assert set(top["title"].str.split(" ").explode()) <= set(WORDS[0].split())


def test_news_without_titles_are_refused(clicks):
    data = jaxrec.Dataset.from_frame(
        clicks, user="user", item="item", rating="label", min_rating=0.0
    )
    with pytest.raises(InputError, match="no column title; give --item-features FILE"):
        jaxrec.fit(data, "gnewsrec", split="rows")
