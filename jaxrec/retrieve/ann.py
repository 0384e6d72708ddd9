"""Approximate search for items of large inner product, by FAISS (the extra ``ann``).

Douze et al., The Faiss library, 2024, https://arxiv.org/abs/2401.08281

Built over rows of length one an index finds items of large cosine, whatever the length of a query.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError

TRAINABLE = 39 * 256
"""Items that codebooks of 256 rows are trained on at least: 39 a row, as FAISS advises."""


@dataclasses.dataclass(frozen=True)
class Ann:
    """An index of item vectors.

    Attributes:
      index: FAISS's own.
      dim: width of the vectors it was built over; FAISS's may have further columns.
      effort: what a search looks at: for hnsw items that are kept in view, for ivfpq lists.
      excess: items to fetch for one that is wanted, where the index scores too coarsely to be
        believed; ``approximate`` scores them again.
    """

    kind: Literal["hnsw", "ivfpq"]
    index: Any
    dim: int
    effort: int
    excess: int = 1

    @property
    def n_items(self) -> int:
        """How many items it holds."""
        return self.index.ntotal

    @property
    def most_effort(self) -> int:
        """The effort beyond which nothing is left to look at."""
        return self.n_items if self.kind == "hnsw" else self.index.nlist


def faiss() -> Any:
    """The package.

    Raises:
      InputError: it is not installed.
    """
    try:
        import faiss as package
    except ImportError as error:
        raise InputError("indices need FAISS: pip install 'jaxrec[ann]'") from error
    return package


def hnsw(items: Float[np.ndarray, "I d"], n_links: int = 32, breadth: int = 200) -> Ann:
    """A graph of near items, walked from coarse layers to fine.

    Malkov & Yashunin, Efficient and robust approximate nearest neighbor search using hierarchical
    navigable small world graphs, TPAMI 2020, https://arxiv.org/abs/1603.09320. Walks go by
    distance, so inner products become distances (Bachrach et al., Speeding up the Xbox recommender
    system using a Euclidean transformation for inner-product spaces, RecSys 2014, theorem 1): items
    get a column that brings all to the length of the longest, queries a zero there, and then
    ``|q - x|^2 = |q|^2 + longest^2 - 2 q.x``. Without, walks by inner product itself find half as
    much on vectors of Gowalla, whose lengths differ.
    Memory: ``4 d + 8 n_links`` bytes an item. With several threads no two builds are the same.

    Args:
      n_links: neighbors that an item is linked to, twice as many in the lowest layer.
      breadth: candidates among which they are sought.

    Raises:
      InputError: no FAISS, fewer than 2 links, or items that are not finite.
    """
    package = faiss()
    if n_links < 2 or breadth < 1:
        raise InputError(f"n_links is {n_links} and breadth {breadth}; give 2 and 1, or more")
    square = np.sum(_finite(items) ** 2, axis=1)
    raised = np.sqrt(np.maximum(square.max() - square, 0))[:, None]
    index = package.IndexHNSWFlat(items.shape[1] + 1, n_links)
    index.hnsw.efConstruction = breadth
    index.add(np.ascontiguousarray(np.concatenate([items, raised], axis=1), np.float32))
    return Ann("hnsw", index, items.shape[1], effort=64)


def ivf_pq(
    items: Float[np.ndarray, "I d"], n_lists: int | None = None, n_bytes: int | None = None
) -> Ann:
    """Lists around centers, of which a search reads the nearest; in them, codes of few bytes.

    Jégou, Douze & Schmid, Product quantization for nearest neighbor search, TPAMI 2011: of an item
    minus its center, every piece is replaced by the nearest of 256 learnt ones.
    Memory: ``n_bytes + 8`` bytes an item.

    Args:
      n_lists: None is ``2 sqrt(I)``.
      n_bytes: pieces that a vector is cut into, a divisor of its even width; None is half of it.

    Raises:
      InputError: no FAISS, fewer than 9,984 items, items that are not finite, sizes out of range.
    """
    package = faiss()
    n_items, dim = items.shape
    if n_items < TRAINABLE:
        raise InputError(
            f"ivfpq learns its codes from {TRAINABLE:,} items at least and there are {n_items:,}; "
            "choose hnsw, or search without an index"
        )
    even = dim + dim % 2
    lists = math.isqrt(4 * n_items) if n_lists is None else n_lists
    pieces = even // 2 if n_bytes is None else n_bytes
    if not 1 <= lists <= n_items or pieces < 1 or even % pieces:
        raise InputError(
            f"n_lists is {lists} and n_bytes {pieces}; give 1 to {n_items} lists and a divisor "
            f"of {even} bytes"
        )
    metric = package.METRIC_INNER_PRODUCT
    centers = package.IndexFlatIP(even)
    index = package.IndexIVFPQ(centers, even, lists, pieces, 8, metric)
    padded = _padded(_finite(items), even)
    index.train(padded)
    index.add(padded)
    return Ann("ivfpq", index, dim, effort=min(8, lists), excess=4)


KINDS: dict[str, Callable[..., Ann]] = {"hnsw": hnsw, "ivfpq": ivf_pq}
"""Approximate indices by name; each builds one from the vectors of items."""


def search(ann: Ann, queries: Float[np.ndarray, "Q d"], depth: int) -> Int[np.ndarray, "Q depth"]:
    """Rows of about the ``depth`` best items, best first; -1 where no more were found.

    Raises:
      InputError: queries of another width.
    """
    if queries.shape[1] != ann.dim:
        raise InputError(f"queries have width {queries.shape[1]}, the index has {ann.dim}")
    package = faiss()
    if ann.kind == "hnsw":
        effort = package.SearchParametersHNSW(efSearch=max(ann.effort, depth))
    else:
        effort = package.SearchParametersIVF(nprobe=ann.effort)
    _, rows = ann.index.search(_padded(queries, ann.index.d), depth, params=effort)
    return rows


def _padded(rows: Float[np.ndarray, "n d"], width: int) -> Float[np.ndarray, "n w"]:
    padded = np.zeros((len(rows), width), np.float32)
    padded[:, : rows.shape[1]] = rows
    return padded


def _finite(items: Float[np.ndarray, "I d"]) -> Float[np.ndarray, "I d"]:
    bad = len(items) - int(np.isfinite(items).all(axis=1).sum())
    if bad or not len(items):
        raise InputError(f"{bad} of {len(items)} item vectors are not finite; index finite ones")
    return items
