"""Relations and features of known data sets, which are read when they are looked up.

``RELATIONS`` has those that come as files of edges. Data sets with a knowledge graph (``GRAPHS``)
have it as the relations ``facts`` and ``item_entity``, too.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from jaxrec.data.dataset import Dataset
from jaxrec.data.facts import ITEM_FACTS, item_facts
from jaxrec.data.knowledge import Linked, link, load_graph, load_links
from jaxrec.data.knowledge_relations import ENTITY, FACTS, ITEM_ENTITY, knowledge_relations
from jaxrec.data.known import KNOWN
from jaxrec.data.known_graphs import GRAPHS, INTERACTION_RELATIONS
from jaxrec.data.lazy import LazyDict
from jaxrec.data.relation_files import ReadRelation, read_relation
from jaxrec.data.relations import Relation
from jaxrec.data.text import decode, read_bytes


class KnownRelation(NamedTuple):
    """A file of edges in a data set's folder; its other fields are those of ``read_relation``."""

    file: str
    source: str
    target: str
    directed: bool = True
    header: bool = False
    columns: tuple[str, str] | None = None


_CATEGORIES = {
    "trust": KnownRelation("trust.txt", "user", "user", header=True),
    "item_category": KnownRelation(
        "ratings.txt", "item", "category", header=True, columns=("item", "category")
    ),
}

RELATIONS: Mapping[str, Mapping[str, KnownRelation]] = {
    "lastfm-social": {
        "friends": KnownRelation("user_friends.dat", "user", "user", directed=False, header=True),
    },
    "filmtrust": {"trust": KnownRelation("trust.txt", "user", "user")},
    "fesog-filmtrust": {"trust": KnownRelation("trust.txt", "user", "user")},
    "ciao": {"trust": KnownRelation("trust.txt", "user", "user")},
    "ciao-categories": _CATEGORIES,
    "epinions": _CATEGORIES,
    "yelp-social": {"friends": KnownRelation("links.txt", "user", "user")},
    "amazon-hin": {
        "item_view": KnownRelation("item_view.dat", "item", "view"),
        "item_brand": KnownRelation("item_brand.dat", "item", "brand"),
        "item_category": KnownRelation("item_category.dat", "item", "category"),
    },
    "yelp-hin": {
        "friends": KnownRelation("user_user.dat", "user", "user", directed=False),
        "user_compliment": KnownRelation("user_compliment.dat", "user", "compliment"),
        "item_category": KnownRelation("business_category.dat", "item", "category"),
        "item_city": KnownRelation("business_city.dat", "item", "city"),
    },
}
"""Relations that come with known data sets, by data set and name."""


def with_known(dataset: Dataset, source: str, data_dir: str | None = None) -> Dataset:
    """A known data set with its relations, their entities and its features, none of them read yet.

    Raises:
      InputError: when one of them is looked up, that its file is not there.
    """
    folder = KNOWN[source].place(data_dir).absolute()
    data_dir = str(folder.parent)  # The variable of today may name another later.
    nobody = replace(dataset.take(np.zeros(0, np.int64)), low_rated=None)  # Ids alone are kept.
    relations, entities, features = {}, {}, {}
    for name, known in RELATIONS.get(source, {}).items():
        read = cache(partial(_read, folder, nobody, known))
        relations[name] = partial(_relation, read)
        if known.target not in ("user", "item"):
            entities[known.target] = partial(_entities, read, known.target)
    if source in GRAPHS:
        linked = cache(partial(_linked, source, data_dir, dataset.item_ids))
        for name in (FACTS, ITEM_ENTITY):
            relations[name] = partial(_knowledge, linked, name)
        entities[ENTITY] = partial(_entity_ids, linked)
    if source in ITEM_FACTS:
        features["item"] = partial(_item_features, source, dataset.item_ids, data_dir)
    if RELATIONS.get(source) is _CATEGORIES:
        features["category"] = partial(_category_names, folder, entities["category"])
    return replace(
        dataset,
        relations=LazyDict(relations),
        entities=LazyDict(entities),
        features=LazyDict(features),
    )


def _read(folder: Path, dataset: Dataset, known: KnownRelation) -> ReadRelation:
    options = known._asdict()
    return read_relation(folder / options.pop("file"), dataset, **options)


def _relation(read: Callable[[], ReadRelation]) -> Relation:
    return read().relation


def _entities(read: Callable[[], ReadRelation], entity: str) -> pl.Series:
    return read().entities[entity]


def _linked(source: str, data_dir: str, item_ids: pl.Series) -> Linked:
    graph = load_graph(source, data_dir=data_dir, without=INTERACTION_RELATIONS.get(source, ()))
    return link(graph, item_ids, load_links(source, data_dir))


def _knowledge(linked: Callable[[], Linked], name: str) -> Relation:
    return knowledge_relations(linked())[name]


def _entity_ids(linked: Callable[[], Linked]) -> pl.Series:
    return linked().graph.entity_ids


def _item_features(source: str, item_ids: pl.Series, data_dir: str) -> pl.DataFrame:
    """What is known of the items; categories are words, by which ``kinds_of`` knows them."""
    facts = item_facts(source, item_ids, data_dir)
    table, named = facts.table.drop("item"), facts.kinds["category"]
    words = lambda cells: pl.List(pl.String) if cells.dtype == pl.List else pl.String
    return table.cast({name: words(table[name]) for name in named})


def _category_names(folder: Path, ids: Callable[[], pl.Series]) -> pl.DataFrame:
    path = folder / "category.txt"
    lines = [line.split(" ", 1) for line in decode(path, read_bytes(path)).strip().split("\n")]
    names = pl.DataFrame(lines, schema=["category", "name"], orient="row")
    rows = pl.DataFrame({"category": ids().cast(pl.String)})
    return rows.join(names, on="category", how="left", maintain_order="left").select("name")
