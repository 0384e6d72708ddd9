"""The pipeline against the catalogue in memory; without Beam, what it says."""

import sys

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.nn import importance_pooling, max_pooling, mean_pooling
from jaxrec.ops import ImportanceNeighbors
from jaxrec.retrieve import (
    embed,
    partitions,
    read_vectors,
    scratch,
    write_items,
    write_vectors,
)
from tests.retrieve.test_inference import T, features, model_and_params, random_table

N = 300


@pytest.fixture
def beam():
    return pytest.importorskip("apache_beam", reason="the extra beam is not installed")


def written(folder, ids, feature, table, n_files=3):
    """Items in several files; neighbors by ids, and rubbish where the weight is 0."""
    sender = np.where(table.weight > 0, ids[table.sender], -99)
    order = np.random.default_rng(4).permutation(len(ids))
    folder.mkdir()
    for n, part in enumerate(np.array_split(order, n_files)):
        near = ImportanceNeighbors(sender[part], table.weight[part])
        write_items(folder / f"{n}.parquet", feature[part], near, ids[part])
    return str(folder)


@pytest.mark.parametrize(
    ("n_layers", "pool", "rows"),
    [
        (2, importance_pooling, 40),
        (1, max_pooling, 1000),
        (3, mean_pooling, 7),
        (0, mean_pooling, 90),
    ],
)
def test_vectors_are_those_in_memory(beam, key, tmp_path, n_layers, pool, rows):
    _, params = model_and_params(key, n_layers, pool)
    feature, table = features(N), random_table(N, N)
    ids = np.unique(np.random.default_rng(2).integers(-(2**61), 2**61, N))
    source, out = written(tmp_path / "items", ids, feature, table), tmp_path / "vectors"
    assert write_vectors(params, source, str(out), pool, rows) == N
    item, vector = read_vectors(out)
    np.testing.assert_array_equal(item, ids)
    expected = embed(params, feature, table, pool).item
    np.testing.assert_allclose(vector, expected, rtol=1e-5, atol=1e-5)
    files = sorted(path.name for path in out.iterdir())
    assert 0 < len(files) <= -(-N // rows)  # No scratch is left.
    assert all(name.startswith("vectors-") for name in files)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (pl.col("item") * 0, "item 0 is there twice; give each once"),
        (pl.col("item") + 1, "item .* is a neighbor and not there; give it a row, or weight 0"),
        (pl.col("feature").arr.to_list().list.head(2), "and the 5 features that the parameters"),
        (pl.col("item").alias("id"), None),
    ],
)
def test_items_that_cannot_be_embedded_are_refused_in_one_line(beam, key, tmp_path, change, told):
    _, params = model_and_params(key)
    table = ImportanceNeighbors(np.full((9, T), 0), np.full((9, T), 1 / T, np.float32))
    source, out = written(tmp_path / "items", np.arange(9), features(9), table, 1), tmp_path / "out"
    path = tmp_path / "items" / "0.parquet"
    frame = pl.read_parquet(path)
    if told is None:
        frame, told = frame.rename({"item": "id"}), "no column 'item'; the file has id, feature"
    else:
        frame = frame.with_columns(change)
    frame.write_parquet(path)
    with pytest.raises(InputError, match=told) as raised:
        write_vectors(params, source, str(out), rows=4)
    assert "\n" not in str(raised.value)
    assert not list(out.iterdir())


def test_places_that_cannot_be_read_or_written_are_refused(beam, key, tmp_path):
    _, params = model_and_params(key)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(InputError, match="full holds something; choose another folder"):
        write_vectors(params, str(tmp_path), str(tmp_path / "full"))
    with pytest.raises(InputError, match="none has no items; write them with write_items"):
        write_vectors(params, str(tmp_path / "none"), str(tmp_path / "out"))
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"torn.parquet is no readable Parquet file"):
        write_vectors(params, str(tmp_path / "torn.parquet"), str(tmp_path / "out"))
    with pytest.raises(InputError, match=r"run\[1\] is a pattern to Beam"):
        write_vectors(params, str(tmp_path), str(tmp_path / "run[1]"))
    with pytest.raises(InputError, match="a partition has 0 rows"):
        write_vectors(params, str(tmp_path), str(tmp_path / "out"), rows=0)


def test_a_folder_may_be_called_as_a_file(beam, key, tmp_path):
    _, params = model_and_params(key)
    source = written(tmp_path / "items.parquet", np.arange(9), features(9), random_table(9, 9))
    assert write_vectors(params, source, str(tmp_path / "out")) == 9


def test_vectors_are_moved_all_or_none(beam, key, tmp_path, monkeypatch):
    _, params = model_and_params(key)
    source = written(tmp_path / "items", np.arange(90), features(90), random_table(90, 90))
    files = scratch.file_systems()
    out, rename = tmp_path / "out", files.rename

    def broken(made, targets):
        rename(made[:1], targets[:1])
        raise OSError("no space left")

    monkeypatch.setattr(files, "rename", broken)
    with pytest.raises(OSError, match="no space left"):
        write_vectors(params, source, str(out), rows=40)
    assert not list(out.iterdir())

    def interrupted(made, targets):
        rename(made[:1], targets[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_vectors(params, source, out, rows=40)
    assert not list(out.iterdir())
    monkeypatch.setattr("jaxrec.retrieve.beam._run", lambda *arguments: None)
    with pytest.raises(InputError, match="left 0 of 90 items; have its runner wait"):
        write_vectors(params, source, str(out))
    assert not list(out.iterdir())


def test_lists_of_other_lengths_in_another_file_are_refused(beam, key, tmp_path):
    _, params = model_and_params(key)
    table = random_table(9, 9)
    source = written(tmp_path / "items", np.arange(9), features(9), table, 1)
    wider = ImportanceNeighbors(*(np.pad(part, ((0, 0), (0, 2))) for part in table))
    write_items(tmp_path / "items" / "wider.parquet", features(9), wider, np.arange(9, 18))
    with pytest.raises(InputError, match=rf"items have \[{T}, {T + 2}\] neighbors in lists"):
        write_vectors(params, source, str(tmp_path / "out"))


def test_without_beam_the_extra_is_named(key, monkeypatch):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    _, params = model_and_params(key)
    with pytest.raises(InputError, match=r"needs Apache Beam: pip install 'jaxrec\[beam\]'"):
        write_vectors(params, "items", "vectors")


@pytest.mark.parametrize("step", [1, 61, 2**20, 2**33])
def test_partitions_are_of_like_size_whatever_the_step_of_ids(step):
    n, n_parts = 61_000, 61
    sizes = np.bincount(partitions._part(np.arange(n) * step, n_parts), minlength=n_parts)
    mean_size = n / n_parts
    assert abs(sizes - mean_size).max() < 5 * np.sqrt(mean_size)  # Binomial: five deviations.
