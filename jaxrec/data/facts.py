"""What the known data sets say of their items, and which of their items belong together."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.known import find_known, movielens_table, news_sample
from jaxrec.data.pairs import Pairs, consecutive, sharing
from jaxrec.data.text import read_text


class Facts(NamedTuple):
    """A row an item, null where nothing is known; ``fit_features(facts.table, **facts.kinds)``.

    Attributes:
      kinds: columns by the kind of feature they make.
    """

    table: pl.DataFrame
    kinds: dict[str, tuple[str, ...]]


def item_facts(source: str, item_ids: pl.Series, data_dir: str | None = None) -> Facts:
    """What a known data set says of the items with these ids, such as ``Dataset.item_ids``.

    movielens-small has titles, genres and years; amazon-hin has brands and categories, by number;
    geneg-news and news-sample have titles, and outlets or entities.

    Raises:
      InputError: the data set is not known, is not there, or says nothing of its items.
    """
    known = find_known(source)
    if source not in ITEM_FACTS:
        raise InputError(
            f"{source} says nothing of its items here; known for that are {', '.join(ITEM_FACTS)}: "
            "bring a table of your own to fit_features"
        )
    rows = pl.DataFrame({"item": item_ids})
    table, kinds = facts_of(source, known.place(data_dir))
    return Facts(rows.join(table, on="item", how="left", maintain_order="left"), kinds)


def facts_of(source: str, folder: Path) -> Facts:
    """The same of all items that the files in ``folder`` name, in their order."""
    read, kinds = ITEM_FACTS[source]
    return Facts(read(folder), kinds)


def item_pairs(source: str, dataset: Dataset, data_dir: str | None = None) -> Pairs:
    """Items that belong together: co-views of amazon-hin, elsewhere what a user took next.

    Two products of amazon-hin are co-viewed when people viewed a third along with both:
    ``item_view.dat`` numbers those third products by themselves, apart from the rated ones. Both
    directions count, and there are no times. Products that ``dataset`` lacks have no pairs.

    Raises:
      InputError: the files are not there, or there are no times.
    """
    if source != "amazon-hin":
        return consecutive(dataset.interactions)
    links = _links(find_known(source).place(data_dir) / "item_view.dat")
    rows = pl.DataFrame({"item": dataset.item_ids}).with_row_index("row")
    links = links.join(rows, on="item", maintain_order="left")
    return sharing(links["row"].to_numpy().astype(np.int32), links["other"].to_numpy())


def _movielens_small(folder: Path) -> pl.DataFrame:
    del folder  # A package carries the data.
    table = movielens_table().drop_duplicates("movieId")
    text = lambda name: [cell if isinstance(cell, str) else None for cell in table[name]]
    frame = pl.DataFrame(
        {
            "item": table["movieId"].to_numpy(),
            "title": pl.Series(text("title"), dtype=pl.String),
            "genres": pl.Series(text("genres"), dtype=pl.String),
            "year": table["year"].to_numpy(),
        }
    )
    named = pl.when(pl.col("genres") != "(no genres listed)").then(pl.col("genres"))
    return frame.with_columns(genres=named.str.split("|"), year=pl.col("year").fill_nan(None))


def _amazon_hin(folder: Path) -> pl.DataFrame:
    brand = _links(folder / "item_brand.dat").select("item", brand="other")
    links = _links(folder / "item_category.dat").group_by("item", maintain_order=True)
    categories = links.agg(categories="other")
    return brand.join(categories, on="item", how="full", coalesce=True)


def _links(path: Path) -> pl.DataFrame:
    """Columns item and other, numbers both."""
    cells = read_text(path, header=False)
    return cells.select(item=pl.col("1").cast(pl.Int64), other=pl.col("2").cast(pl.Int32))


def _geneg(folder: Path) -> pl.DataFrame:
    table = read_text(folder / "news.tsv").rename({"news": "item"})
    numbers = pl.col("length", "sentiment").cast(pl.Float64)
    return table.with_columns(pl.col("item").cast(pl.Int64), numbers)


def _news_sample(folder: Path) -> pl.DataFrame:
    rows = news_sample(folder).unique("item", keep="first", maintain_order=True)
    entity = pl.col("entities").str.extract_all(r"\d+:[^;]+")
    return rows.select("item", "title", entities=entity)


ITEM_FACTS: dict[str, tuple[Callable[[Path], pl.DataFrame], dict[str, tuple[str, ...]]]] = {
    "movielens-small": (
        _movielens_small,
        {"text": ("title",), "category": ("genres",), "number": ("year",)},
    ),
    "geneg-news": (
        _geneg,
        {"text": ("title",), "category": ("outlet",), "number": ("length", "sentiment")},
    ),
    "news-sample": (_news_sample, {"text": ("title",), "category": ("entities",)}),
    "amazon-hin": (_amazon_hin, {"category": ("brand", "categories")}),
}
