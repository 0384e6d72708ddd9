"""Text as vectors without a language model: words weighted by rarity, then a truncated SVD.

Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988, with 1 added to the
inverse document frequency, so that a word of every text still counts. Deerwester et al., Indexing
by latent semantic analysis, 1990.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import scipy.sparse
from jaxtyping import Float, Int, Shaped

from jaxrec.base import InputError

WORD = r"[\p{L}\p{M}\p{N}]{1,40}"
"""A run of letters and digits; a longer one is cut into several, which bounds the vocabulary."""

WIDE, OVERSAMPLED, N_POWERS = 128, 32, 4
"""From this width on a basis is found by random vectors, so many more, in so many rounds."""


class Text(NamedTuple):
    """What was learned from texts, enough to place new ones among them.

    Attributes:
      word: the vocabulary, ascending.
      idf: ``1 + log(n / texts with the word)``, ``n`` the texts that have any word.
      basis: right singular vectors of the weighted texts, the greatest first.
      grams: least and greatest length of the parts of words that are counted; 0, 0 counts words.
    """

    word: Shaped[np.ndarray, "W"]
    idf: Float[np.ndarray, "W"]
    basis: Float[np.ndarray, "W d"]
    grams: Int[np.ndarray, "2"] = np.zeros(2, np.int64)


def fit_text(
    texts: Sequence[str | None] | pl.Series,
    dim: int = 64,
    min_items: int = 1,
    grams: tuple[int, int] = (0, 0),
) -> Text:
    """Learns vocabulary, weights and basis. O(letters + words * dim), a few times over.

    The width is ``dim``, or the rank of the weighted texts if that is less: 0 of empty texts.

    Args:
      min_items: the least number of texts a word must be in; a word of one text relates it to none.
      grams: counts parts of words, from so many letters to so many, in place of words; a word
        begins with < and ends with >. Parts relate the forms and compounds of a word.

    Raises:
      InputError: ``dim`` or ``min_items`` below 1.
    """
    if dim < 1 or min_items < 1:
        raise InputError(f"dim is {dim} and min_items {min_items}; give 1 or more of each")
    size = np.array(grams)
    counts = _counts(texts, size)
    found = counts.group_by("word").len("texts").filter(pl.col("texts") >= min_items).sort("word")
    n_texts = counts.join(found, on="word", how="semi")["row"].n_unique()
    # As plain characters, which are saved and read without pickle.
    word = np.array(found["word"].to_list(), dtype=np.str_)
    idf = 1 + np.log(n_texts / found["texts"].to_numpy())
    start = Text(word, idf, np.zeros((len(word), 0)), size)
    return start._replace(basis=_right_vectors(weigh(start, texts), dim))


def apply_text(fitted: Text, texts: Sequence[str | None] | pl.Series) -> Float[np.ndarray, "n d"]:
    """Weighted words times the basis; zeros for a text without known words.

    Rows are at most 1 long, and shorter the less of a text the basis holds.
    """
    return weigh(fitted, texts) @ fitted.basis


def weigh(fitted: Text, texts: Sequence[str | None] | pl.Series) -> scipy.sparse.csr_array:
    """Rows ``count(word) * idf(word)``, of length 1, in ``[n, W]``; unknown words are left out.

    >>> tea = Text(np.array(["green", "tea"]), np.array([4.0, 3.0]), np.zeros((2, 0)))
    >>> weigh(tea, ["Green tea!", "coffee"]).toarray().tolist()
    [[0.8, 0.6], [0.0, 0.0]]
    """
    known = pl.DataFrame({"word": pl.Series(fitted.word.tolist(), dtype=pl.String)})
    entry = _counts(texts, fitted.grams).join(known.with_row_index("column"), on="word")
    column = entry["column"].to_numpy().astype(np.int32)
    shape = len(texts), len(fitted.word)
    value = entry["times"].to_numpy() * fitted.idf[column]
    weighted = scipy.sparse.csr_array((value, (entry["row"].to_numpy(), column)), shape=shape)
    length = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    weighted.data /= np.repeat(length, np.diff(weighted.indptr))
    return weighted


def words_of(texts: Sequence[str | None] | pl.Series) -> pl.DataFrame:
    """Columns row and word: the words of every text in lower case, in their order.

    >>> words_of(["Green tea!", None])["word"].to_list()
    ['green', 'tea']
    """
    words = pl.Series(texts, dtype=pl.String).str.to_lowercase().str.extract_all(WORD)
    return pl.DataFrame({"word": words}).with_row_index("row").explode("word").drop_nulls()


def _counts(texts: Sequence[str | None] | pl.Series, grams: Int[np.ndarray, "2"]) -> pl.DataFrame:
    """Columns row, word and times, an entry for each word of each text, in order."""
    rows = words_of(texts)
    if grams[1]:
        whole = rows.with_columns(pl.format("<{}>", "word"))
        rows = _parts(whole, *map(int, grams))
    return rows.group_by("row", "word").len("times").sort("row", "word")


def _parts(words: pl.DataFrame, least: int, greatest: int) -> pl.DataFrame:
    length = pl.col("word").str.len_chars().cast(pl.Int64)
    found = []
    for size in range(least, greatest + 1):
        long = words.filter(length >= size)
        starts = long.with_columns(start=pl.int_ranges(0, length - size + 1)).explode("start")
        found.append(starts.select("row", pl.col("word").str.slice(pl.col("start"), size)))
    return pl.concat(found)


def _by_subspace(weighted: Any, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Singular values and right vectors, the greatest first: randomized subspace iteration.

    Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 2011, algorithm 4.4.
    """
    start = np.random.default_rng(0).standard_normal((weighted.shape[1], dim + OVERSAMPLED))
    basis = _orthonormal(weighted @ start)
    for _ in range(N_POWERS):
        basis = _orthonormal(weighted @ (weighted.T @ basis))
    small = (weighted.T @ basis).T
    square, left = np.linalg.eigh(small @ small.T)
    size = np.sqrt(np.maximum(square[::-1][:dim], 0))
    return size, (left.T @ small)[::-1][:dim] / np.where(size > 0, size, 1)[:, None]


def _orthonormal(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Columns of the same span by their Gram matrix, ten times as fast as by QR."""
    square, vectors = np.linalg.eigh(x.T @ x)
    kept = square > 1e-12 * square.max(initial=0)
    return x @ (vectors[:, kept] / np.sqrt(square[kept]))


def _right_vectors(weighted: Any, dim: int) -> Float[np.ndarray, "W d"]:
    """Each vector's greatest entry is positive, so that the same texts give the same signs."""
    from scipy.sparse.linalg import svds  # Takes 0.2 s to import; only texts need it.

    least = min(weighted.shape)
    if WIDE <= dim < least:
        size, rows = _by_subspace(weighted, dim)
    elif dim < least:
        start = np.random.default_rng(0).standard_normal(least)
        found: Any = svds(weighted, k=dim, v0=start)
        _, size, rows = found
        size, rows = size[::-1], rows[::-1]
    else:  # ARPACK finds no full set; what is this narrow is cheap when dense.
        _, size, rows = np.linalg.svd(weighted.toarray(), full_matrices=False)
    rows = rows[size > 1e-10 * size.max(initial=0)]  # Below it, directions are rounding.
    top = np.abs(rows).argmax(axis=1, keepdims=True) if rows.size else np.zeros((0, 1), int)
    return (rows * np.sign(np.take_along_axis(rows, top, axis=1))).T
