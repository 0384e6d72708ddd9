"""What is read is what was written, or a line says why not."""

import json

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.retrieve import hnsw, ivf_pq, load, save, search

ABOUT = {"run": "a1", "measure": "cosine"}
EXPECTED = {"n_items": 200, "dim": 4, "run": "a1"}
ITEMS = np.random.default_rng(0).standard_normal((200, 4)).astype(np.float32)
QUERIES = np.random.default_rng(1).standard_normal((9, 4)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "items.hnsw"
    save(hnsw(ITEMS), path, ABOUT)
    return path


def refused(path, **expected):
    with pytest.raises(InputError) as error:
        load(path, EXPECTED | expected, "repair it")
    (line,) = str(error.value).splitlines()
    assert str(path) in line and line.endswith("; repair it")
    return line


def test_an_index_read_again_finds_the_same(path, tmp_path):
    first, again = hnsw(ITEMS), load(path, EXPECTED)
    np.testing.assert_array_equal(search(first, QUERIES, 200), search(again, QUERIES, 200))
    assert (again.kind, again.dim, again.effort) == (first.kind, first.dim, first.effort)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["items.hnsw", "items.hnsw.json"]


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path):
    about = {"epoch": np.int64(3), "share": np.float32(0.5)}
    save(hnsw(ITEMS), tmp_path / "items", about)
    assert json.loads((tmp_path / "items.json").read_text())["about"] == {"epoch": 3, "share": 0.5}
    load(tmp_path / "items", about)


def test_codes_read_again_find_the_same(tmp_path):
    many = np.random.default_rng(2).standard_normal((10_000, 4)).astype(np.float32)
    first = ivf_pq(many)
    save(first, tmp_path / "codes", {})
    again = load(tmp_path / "codes", {"n_items": 10_000})
    assert again.excess == first.excess
    np.testing.assert_array_equal(search(first, QUERIES, 20), search(again, QUERIES, 20))


def test_an_index_of_something_else_is_refused_by_what_differs(path):
    assert "its run is a1, not b2" in refused(path, run="b2")
    assert "its n_items is 200, not 201" in refused(path, n_items=201)
    assert "its dim is 4, not 8" in refused(path, dim=8)
    assert "its measure is cosine, not inner product" in refused(path, measure="inner product")


def test_a_damaged_index_is_refused(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert "damaged" in refused(path)
    path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    assert "damaged" in refused(path)
    path.write_bytes(b"")
    assert "0 bytes" in refused(path)
    path.unlink()
    assert "there is no index" in refused(path)


def test_the_index_of_another_file_is_refused(path, tmp_path):
    save(hnsw(2 * ITEMS), tmp_path / "other", ABOUT)
    path.write_bytes((tmp_path / "other").read_bytes())
    assert "replaced" in refused(path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"kind": "hnsw", "dim": 4, "about": []}'])
def test_an_index_whose_description_is_broken_is_refused(path, text):
    path.with_name("items.hnsw.json").write_text(text)
    assert "does not say what items.hnsw is" in refused(path)


def test_an_index_without_its_description_is_refused(path):
    path.with_name("items.hnsw.json").unlink()
    assert "does not say what items.hnsw is" in refused(path)


def test_bytes_that_faiss_cannot_read_are_refused(path):
    import hashlib

    path.write_bytes(b"not an index at all")
    beside = path.with_name("items.hnsw.json")
    described = json.loads(beside.read_text()) | {"bytes": 19}
    described["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    beside.write_text(json.dumps(described))
    assert "this FAISS cannot read" in refused(path)


def test_a_place_that_cannot_be_written_is_named_and_keeps_what_stood_there(path, tmp_path):
    with pytest.raises(InputError, match="cannot write .*nowhere"):
        save(hnsw(ITEMS), tmp_path / "nowhere" / "items", ABOUT)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter").write_text("dear")
    with pytest.raises(InputError, match="cannot write .*folder"):
        save(hnsw(ITEMS), tmp_path / "folder", ABOUT)
    assert (tmp_path / "folder" / "letter").read_text() == "dear"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
