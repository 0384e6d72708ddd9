"""Objects of any content, for tests over all of them."""

import numpy as np
import polars as pl
from hypothesis import strategies as st

from jaxrec.data import Dataset, Interactions, Reading, Relation


@st.composite
def relations(draw, source="user", target="user", n_sources=None, n_targets=None):
    """Relations with and without kinds, weights and a split."""
    n_sources = n_sources or draw(st.integers(1, 6))
    n_targets = n_targets or (n_sources if source == target else draw(st.integers(1, 6)))
    n_edges, n_kinds = draw(st.integers(0, 12)), draw(st.integers(0, 3))
    column = lambda top: draw(st.lists(st.integers(0, top), min_size=n_edges, max_size=n_edges))
    kinds = pl.Series("kind", [f"k{n}" for n in range(n_kinds)]) if n_kinds else None
    return Relation(
        source,
        target,
        np.array(column(n_sources - 1), np.int32),
        np.array(column(n_targets - 1), np.int32),
        n_sources,
        n_targets,
        kind=np.array(column(n_kinds - 1), np.int32) if n_kinds else None,
        kinds=kinds,
        weight=np.array(column(9), np.float32) / 4 if draw(st.booleans()) else None,
        given=np.array(column(2), np.int8) if draw(st.booleans()) else None,
        counts={"rows_read": n_edges},
        origin="made",
    )


@st.composite
def datasets(draw):
    """Data sets with relations, other entities and features."""
    n_users, n_items, n_brands = (draw(st.integers(2, 5)) for _ in range(3))
    rows = draw(st.lists(st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))))
    user, item = (np.array([row[end] for row in rows], np.int32) for end in (0, 1))
    some = lambda dtype: (
        np.array(draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows))), dtype)
        if draw(st.booleans())
        else None
    )
    met = Interactions(user, item, n_users, n_items, some(np.float32), some(np.int64))
    words = draw(st.booleans())
    named = lambda n, word: pl.Series([f"{word} {row}" for row in range(n)] if words else range(n))
    dataset = Dataset(
        name="made",
        interactions=met,
        user_ids=named(n_users, "u"),
        item_ids=named(n_items, "ü"),
        titles=named(n_items, "T").cast(pl.String) if draw(st.booleans()) else None,
        given=some(np.int8),
        counts={"rows_read": len(rows)},
        repeats=draw(st.booleans()),
        low_rated=met.take(np.arange(len(rows) // 2)) if draw(st.booleans()) else None,
        reading=Reading({"user": "who"}, ("x",), (0.5, 1), 0, 1, None, False, ("so",)),
    )
    sizes = {"user": n_users, "item": n_items, "brand": n_brands}
    dataset = dataset.with_entities("brand", named(n_brands, "b"))
    ends = st.tuples(st.sampled_from(list(sizes)), st.sampled_from(list(sizes)))
    for number, (source, target) in enumerate(draw(st.lists(ends, max_size=3))):
        relation = draw(relations(source, target, sizes[source], sizes[target]))
        dataset = dataset.with_relation(f"r{number}", relation)
    for entity in draw(st.sets(st.sampled_from(list(sizes)))):
        frame = {"price": [0.5] * sizes[entity], "tags": [["a"], None, []] + [["b", "c"]] * 2}
        frame["tags"] = frame["tags"][: sizes[entity]]
        dataset = dataset.with_features(entity, pl.DataFrame(frame))
    return dataset
