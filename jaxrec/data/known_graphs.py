"""Knowledge graphs by name: where each comes from, and how its files are read."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from jaxrec.data.facts import Facts, facts_of
from jaxrec.data.known import KNOWN, Known
from jaxrec.data.text import read_text
from jaxrec.data.triple_files import read_links, read_triples
from jaxrec.data.triple_folders import read_triple_folder
from jaxrec.data.triples import ROLES

NETWORKS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "yelp-hin": {
        "user_business": ("user", "business"),
        "user_user": ("user", "user"),
        "user_compliment": ("user", "compliment"),
        "business_category": ("business", "category"),
        "business_city": ("business", "city"),
    },
}
"""Relations by file, and the types of what stands at their ends, each numbered by itself."""


def attributes(facts: Facts) -> pl.DataFrame:
    """What is known of items as triples ``(item, column, column:value)``, all text.

    Categories give one triple each, numbers one of their exact value, as of years; text gives
    none, and neither does what is missing.

    >>> films = pl.DataFrame({"item": [7], "genres": [["Drama", "War"]], "year": [1995.0]})
    >>> attributes(Facts(films, {"category": ("genres",), "number": ("year",)})).rows()
    [('7', 'genres', 'genres:Drama'), ('7', 'genres', 'genres:War'), ('7', 'year', 'year:1995')]
    """
    item, frames = pl.col("item").cast(pl.String), []
    for column in (*facts.kinds.get("category", ()), *facts.kinds.get("number", ())):
        table = facts.table.select(head=item, value=pl.col(column))
        if isinstance(table["value"].dtype, pl.List):
            table = table.explode("value")
        if table["value"].dtype.is_float():
            table = table.with_columns(pl.col("value").fill_nan(None))
        table = table.drop_nulls()
        if table["value"].dtype.is_float() and (table["value"] % 1 == 0).all():
            table = table.with_columns(pl.col("value").cast(pl.Int64))
        tail = pl.lit(f"{column}:") + pl.col("value").cast(pl.String)
        frames.append(table.select("head", relation=pl.lit(column), tail=tail))
    return pl.concat(frames)


def _yelp(folder: Path) -> pl.DataFrame:
    frames = []
    for relation, (head, tail) in NETWORKS["yelp-hin"].items():
        rows = read_text(folder / f"{relation}.dat", header=False)
        ends = {"head": pl.lit(f"{head} ") + pl.col("1"), "tail": pl.lit(f"{tail} ") + pl.col("2")}
        frames.append(rows.select(**ends, relation=pl.lit(relation)).select(ROLES))
    return pl.concat(frames)


def _yelp_links(folder: Path) -> pl.DataFrame:
    item = read_text(folder / "user_business.dat", header=False)["2"].unique(maintain_order=True)
    return pl.DataFrame({"item": item, "entity": "business " + item})


def _of_items(name: str) -> Known:
    known = KNOWN[name]
    return Known(
        f"what {name} says of its items, as triples",
        known.origin,
        lambda folder: attributes(facts_of(name, folder)),
        known.folder,
    )


GRAPHS: Mapping[str, Known] = {
    "fb15k-237": Known(
        "310,116 facts of 14,541 entities by 237 relations, in the standard split",
        "https://www.microsoft.com/en-us/download/details.aspx?id=52312 (in OpenKE's form)",
        read_triple_folder,
        folder="fb15k-237",
    ),
    "wn18rr": Known(
        "93,003 facts of 40,943 words' senses by 11 relations, in the standard split",
        "https://github.com/TimDettmers/ConvE (in OpenKE's form)",
        read_triple_folder,
        folder="wn18rr",
    ),
    "lastfm-kg": Known(
        "15,518 facts of 9,366 entities, artists among them, by 60 relations",
        KNOWN["lastfm-kg"].origin,
        lambda folder: read_triples(folder / "kg.txt"),
        folder="lastfm-kg",
    ),
    "book-crossing-kg": Known(
        "151,500 facts of 77,903 entities, books among them, by 25 relations",
        KNOWN["book-crossing-kg"].origin,
        lambda folder: read_triples(folder / "kg_final.txt"),
        folder="book-crossing-kg",
    ),
    "yelp-hin": Known(
        "users, businesses, compliments, categories and cities in five relations",
        KNOWN["yelp-hin"].origin,
        _yelp,
        folder="yelp-hin",
    ),
    "tmall-kg": Known(
        "124,506 facts of products: their categories, sellers and brands",
        KNOWN["tmall-kg"].origin,
        lambda folder: read_triples(folder / "kg.txt"),
        folder="tmall-kg",
    ),
    "ml-100k": Known(
        "91,631 facts of 34,628 entities of Freebase, films among them, by 24 relations",
        KNOWN["ml-100k"].origin,
        lambda folder: read_triples(folder / "ml-100k.kg"),
        folder="ml-100k",
    ),
    "movielens-small": _of_items("movielens-small"),
    "amazon-hin": _of_items("amazon-hin"),
}
"""Their readers give columns head, relation, tail, and split where the data fixes one."""

INTERACTION_RELATIONS: Mapping[str, tuple[str, ...]] = {"yelp-hin": ("user_business",)}
"""Relations that are the interactions of the data set of that name, those of its test included."""

LINKS: Mapping[str, Callable[[Path], pl.DataFrame]] = {
    "lastfm-kg": lambda folder: read_links(folder / "item_index2entity_id.txt"),
    "ml-100k": lambda folder: read_links(folder / "ml-100k.link"),
    "yelp-hin": _yelp_links,
}
"""Readers of columns item and entity; elsewhere an item's id is its entity's."""
