"""The two data sets as rows of user, item and label, cut anew for every seed."""

from typing import NamedTuple

import numpy as np

from jaxrec.data import (
    Dataset,
    Labelled,
    Linked,
    Triples,
    labelled,
    link,
    load,
    load_graph,
    load_links,
    not_taken,
    split_rows,
)


class Rows(NamedTuple):
    """One split; rows of the test are never trained on, whatever their label."""

    train: Labelled
    valid: Labelled
    test: Labelled
    n_users: int
    n_items: int
    triples: Triples
    entity: np.ndarray


class Source(NamedTuple):
    """What is the same for every seed."""

    dataset: Dataset
    linked: Linked


def read(name: str, data_dir: str | None) -> Source:
    """A data set with the entity of every item; rows that name their label keep it."""
    fixed = name == "book-crossing-kg"  # Half of its rows are of label 0.
    dataset = load(name, data_dir=data_dir, min_rating=0.0 if fixed else None)
    graph = load_graph(name, data_dir=data_dir)
    return Source(dataset, link(graph, dataset.item_ids, load_links(name, data_dir)))


def cut(source: Source, seed: int) -> Rows:
    """Rows at random, 6:2:2; where the data has positives alone, as many negatives before that."""
    met = source.dataset.interactions
    if source.dataset.name == "book-crossing-kg" and met.rating is not None:
        rows = Labelled(met.user, met.item, met.rating)
    else:
        rows = labelled(met, not_taken(met, seed))
    parts = split_rows(rows, 0.2, 0.2, seed)
    sizes = met.n_users, met.n_items
    return Rows(*parts, *sizes, source.linked.graph.triples, source.linked.entity)
