"""TF-IDF and its SVD against dense NumPy twins."""

import re

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data.tfidf import apply_text, fit_text, weigh

TEXTS = [
    "The Good, the Bad and the Ugly",
    "The Good Shepherd",
    "Ugly Betty",
    "",
    "8 good, good women",
    "Ночь и ночь",
]


def slow_tf_idf(texts):
    """Counts times ``1 + log(n / n_word)``, rows of length 1, written as loops."""
    split = [re.findall(r"\w+", text.lower()) for text in texts]
    n = sum(bool(words) for words in split)
    vocabulary = sorted({word for words in split for word in words})
    table = np.zeros((len(texts), len(vocabulary)))
    for row, words in enumerate(split):
        for word in words:
            n_word = sum(word in other for other in split)
            table[row, vocabulary.index(word)] += 1 + np.log(n / n_word)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return vocabulary, table / np.where(length > 0, length, 1)


def random_texts(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    words = np.array([f"word{number}" for number in range(30)])
    return [" ".join(words[rng.integers(0, 30, rng.integers(1, 9))]) for _ in range(n)]


def test_weights_are_counts_times_rarity():
    fitted = fit_text(TEXTS)
    vocabulary, expected = slow_tf_idf(TEXTS)
    assert fitted.word.tolist() == vocabulary
    np.testing.assert_allclose(weigh(fitted, TEXTS).toarray(), expected, rtol=1e-12)


@pytest.mark.parametrize("dim", [1, 5, 29, 64])
def test_vectors_are_the_leading_left_singular_vectors_times_their_values(dim):
    texts = random_texts(50)
    left, size, _ = np.linalg.svd(slow_tf_idf(texts)[1], full_matrices=False)
    expected = (left * size)[:, :dim]
    found = apply_text(fit_text(texts, dim), texts)
    assert found.shape == expected.shape
    sign = np.sign(np.sum(found * expected, axis=0))
    np.testing.assert_allclose(found * sign, expected, atol=1e-9)


def test_directions_without_content_are_left_out():
    texts = ["tea green", "coffee black", "green tea", "black coffee"] * 3
    assert fit_text(texts, dim=3).basis.shape == (4, 2)
    assert fit_text(texts, dim=64).basis.shape == (4, 2)


def test_the_same_texts_give_the_same_signs():
    texts = random_texts(40, seed=1)
    np.testing.assert_array_equal(fit_text(texts, 4).basis, fit_text(texts[:], 4).basis)
    top = np.abs(fit_text(texts, 4).basis).argmax(axis=0)
    assert (fit_text(texts, 4).basis[top, np.arange(4)] > 0).all()


def test_unseen_words_change_nothing_but_the_length():
    fitted = fit_text(TEXTS, 3)
    known, mixed, unseen = apply_text(fitted, ["ugly shepherd", "ugly xylophone shepherd", "zzz"])
    np.testing.assert_allclose(mixed, known, rtol=1e-12)
    assert not unseen.any()


def test_empty_and_missing_texts_are_zeros():
    assert not apply_text(fit_text(TEXTS), pl.Series(["", " ,;", None])).any()


def test_one_text_is_its_own_basis():
    fitted = fit_text(["green tea"])
    np.testing.assert_allclose(fitted.idf, [1, 1])  # 1 + log(1 / 1)
    np.testing.assert_allclose(apply_text(fitted, ["green tea", "tea"]), [[1], [np.sqrt(0.5)]])


def test_texts_without_words_have_no_width():
    fitted = fit_text(["", "?"])
    assert apply_text(fitted, ["tea", ""]).shape == (2, 0)


def test_words_of_too_few_texts_are_dropped():
    fitted = fit_text(["green tea tea", "green coffee", "black"], min_items=2)
    assert fitted.word.tolist() == ["green"]
    np.testing.assert_allclose(fitted.idf, [1 + np.log(2 / 2)])  # Of texts with a word kept.


def test_a_word_beyond_reason_is_cut():
    assert fit_text(["a" * 100]).word.tolist() == ["a" * 20, "a" * 40]


def test_widths_below_one_are_refused():
    with pytest.raises(InputError, match="dim is 0 and min_items 1; give 1 or more"):
        fit_text(TEXTS, 0)
