"""Feature tables against closed forms, on items seen and unseen.

A long file, for all kinds of columns are of the same items.
"""

import resource

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import (
    apply_features,
    fit_features,
    load_fitted,
    save_fitted,
)
from jaxrec.data.tfidf import apply_text, fit_text

ITEMS = pl.DataFrame(
    {
        "image": [[1.0, 2.0], [3.0, 4.0], None, [np.nan, 1.0]],
        "title": ["green tea", "black tea", "", None],
        "kind": [["hot", "cup"], ["hot"], [], None],
        "brand": ["b", "a", "b", None],
        "year": [1990.0, 2000.0, np.nan, None],
        "users": [0, 3, 8, None],
    }
)
KINDS = {
    "dense": ["image"],
    "text": ["title"],
    "category": ["kind", "brand"],
    "number": ["year"],
    "count": ["users"],
}


def test_every_kind_has_its_closed_form():
    features = apply_features(fit_features(ITEMS, **KINDS), ITEMS)
    block = lambda name: features.value[:, features.blocks[name]]
    assert features.value.dtype == np.float32
    np.testing.assert_array_equal(block("image"), [[1, 2], [3, 4], [0, 0], [0, 0]])
    titles = ["green tea", "black tea", "", ""]
    np.testing.assert_allclose(block("title"), apply_text(fit_text(titles), titles), atol=1e-7)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(block("kind"), [[half, half], [0, 1], [0, 0], [0, 0]], rtol=1e-6)
    np.testing.assert_array_equal(block("brand"), [[0, 1], [1, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(block("year"), [[-1], [1], [0], [0]])
    logs = np.log([1, 4, 9])
    scaled = (logs - logs.mean()) / logs.std()
    np.testing.assert_allclose(block("users")[:, 0], [*scaled, 0], rtol=1e-6)


def test_what_is_missing_is_marked_and_counted():
    features = apply_features(fit_features(ITEMS, **KINDS), ITEMS)
    assert list(features.blocks) == ["image", "title", "kind", "brand", "year", "users"]
    expected = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 0, 1], [0] * 6])
    np.testing.assert_array_equal(features.known, expected.astype(bool))
    counts = {"image": 2, "title": 2, "kind": 2, "brand": 1, "year": 2, "users": 1}
    assert features.missing() == counts
    for column, part in enumerate(features.blocks.values()):
        assert not features.value[~features.known[:, column], part].any()


def test_new_items_are_told_in_the_words_of_the_old():
    fitted = fit_features(ITEMS, **KINDS)
    new = pl.DataFrame(
        {
            "title": ["green coffee", "xylophone"],
            "kind": [["cup", "cold"], ["cold"]],
            "brand": ["a", "new"],
            "year": [2005, 1995],
        }
    )
    features = apply_features(fitted, new)
    block = lambda name: features.value[:, features.blocks[name]]
    alone = apply_features(fitted, pl.DataFrame({"title": ["green"]})).value[
        :, features.blocks["title"]
    ]
    np.testing.assert_allclose(block("title"), [*alone, np.zeros_like(alone[0])], rtol=1e-6)
    np.testing.assert_array_equal(block("kind"), [[1, 0], [0, 0]])
    np.testing.assert_array_equal(block("brand"), [[1, 0], [0, 0]])
    np.testing.assert_array_equal(block("year"), [[2], [0]])
    # A year equal to the mean is known, an absent degree is not.
    assert features.missing() == {
        "image": 2, "title": 1, "kind": 1, "brand": 1, "year": 0, "users": 2,
    }  # fmt: skip


def test_rows_do_not_depend_on_their_company():
    fitted = fit_features(ITEMS, **KINDS)
    whole = apply_features(fitted, ITEMS).value
    for row in range(len(ITEMS)):
        np.testing.assert_array_equal(
            apply_features(fitted, ITEMS[row : row + 1]).value, whole[[row]]
        )


def test_one_item_has_features_of_finite_size():
    features = apply_features(fit_features(ITEMS[:1], **KINDS), ITEMS[:1])
    # Vector, one text, two kinds, one brand; one number is its own mean.
    half = np.sqrt(0.5)
    np.testing.assert_allclose(features.value, [[1, 2, 1, half, half, 1, 0, 0]], rtol=1e-6)
    assert features.known.all()


def test_a_column_of_nothing_is_missing_everywhere():
    nothing = pl.DataFrame({"year": [None, None], "kind": [None, None], "title": ["", None]})
    kinds = {"number": ["year"], "category": ["kind"], "text": ["title"]}
    features = apply_features(fit_features(nothing, **kinds), nothing)
    assert features.missing() == {"year": 2, "kind": 2, "title": 2}
    np.testing.assert_array_equal(features.value, np.zeros((2, 1)))


def test_equal_numbers_are_zero_and_not_noise():
    years = pl.DataFrame({"year": [0.1] * 7})
    value = apply_features(fit_features(years, number=["year"]), years).value
    np.testing.assert_allclose(value, 0, atol=1e-15)  # Not rounding over a deviation of rounding.


def test_only_the_most_frequent_values_are_kept():
    brands = pl.DataFrame({"brand": ["c", "c", "b", "a", "a", "d"]})
    fitted = fit_features(brands, category=["brand"], max_values=3)
    features = apply_features(fitted, brands)
    assert fitted["brand"].value.tolist() == ["a", "b", "c"]
    assert features.missing() == {"brand": 1}


def test_a_category_that_is_no_number_is_missing():
    table = pl.DataFrame({"g": [1.0, 2.0, np.nan, None], "l": [[1.5, np.nan], [np.nan], [], None]})
    fitted = fit_features(table, category=["g", "l"])
    assert [fitted[name].value.tolist() for name in ("g", "l")] == [["1.0", "2.0"], ["1.5"]]
    assert apply_features(fitted, table).missing() == {"g": 2, "l": 3}


def test_callers_encode_takes_the_place_of_tf_idf():
    encode = lambda texts: [[len(text), text.count("e"), 1] for text in texts]
    fitted = fit_features(ITEMS, text=["title"], encode=encode)
    features = apply_features(fitted, ITEMS, encode=encode)
    np.testing.assert_array_equal(features.value, [[9, 3, 1], [9, 1, 1], [0, 0, 0], [0, 0, 0]])
    assert features.missing() == {"title": 2}
    with pytest.raises(InputError, match="'title' was fitted with an encode; give it again"):
        apply_features(fitted, ITEMS)
    with pytest.raises(InputError, match="returns 2 numbers for 'title' where 3 were fitted"):
        apply_features(fitted, ITEMS, encode=lambda texts: np.ones((len(texts), 2)))
    with pytest.raises(InputError, match=r"shape \(4,\) for 4 texts; return \[4, d\]"):
        apply_features(fitted, ITEMS, encode=lambda texts: np.ones(len(texts)))


def test_what_was_saved_gives_the_same_features(tmp_path):
    fitted = fit_features(ITEMS, **KINDS) | fit_features(
        pl.DataFrame({"a/b": ["x"]}), text=["a/b"], encode=lambda texts: np.ones((len(texts), 2))
    )
    save_fitted(tmp_path / "features.npz", fitted)
    again = load_fitted(tmp_path / "features.npz")
    encode = lambda texts: np.ones((len(texts), 2))
    before, after = (apply_features(each, ITEMS, encode=encode) for each in (fitted, again))
    np.testing.assert_array_equal(before.value, after.value)
    assert before.blocks == after.blocks


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path, fitted = tmp_path / "features.npz", fit_features(ITEMS, **KINDS)
    save_fitted(path, fitted)
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(InputError, match=r"features\.npz: File too large; raise the limit"):
            save_fitted(path, fitted)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError, match="No such file or directory; choose another place"):
        save_fitted(tmp_path / "none" / "features.npz", fitted)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no archive"])
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / "features.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="holds no fitted features; fit them"):
        load_fitted(path)


def test_a_file_of_other_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", weights=np.ones(3))
    with pytest.raises(InputError, match="holds no fitted features"):
        load_fitted(tmp_path / "other.npz")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "0 columns of 4 items make no features"),
        ({"text": ["name"]}, "no column 'name' for text; the table has image, title"),
        ({"text": ["title"], "category": ["title"]}, "'title' is named twice"),
        ({"text": ["year"]}, "'year' holds Float64, not text"),
        ({"number": ["title"]}, "'title' holds String, not numbers"),
        ({"dense": ["year"]}, "'year' holds Float64, not vectors"),
        ({"dense": ["kind"]}, r"'kind' holds List\(String\), not vectors"),
    ],
)
def test_columns_that_do_not_fit_their_kind_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        fit_features(ITEMS, **given)


@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        ([[1.0, 2.0], [1.0]], "dense", "a vector of 1 numbers where 2 are expected"),
        ([[1.0, np.inf]], "dense", "'x' row 0 is infinite"),
        ([0.0, -np.inf], "number", "'x' row 1 is infinite"),
        ([3, -2], "count", "'x' has the count -2; counts are 0 or more"),
    ],
)
def test_cells_out_of_range_are_refused(cells, kind, message):
    table = pl.DataFrame({"x": cells})
    with pytest.raises(InputError, match=message):
        apply_features(fit_features(table, **{kind: ["x"]}), table)


def test_a_table_without_any_fitted_column_is_refused():
    fitted = fit_features(ITEMS, number=["year"])
    with pytest.raises(InputError, match="none of the columns year that were fitted; it has Year"):
        apply_features(fitted, pl.DataFrame({"Year": [1.0]}))
