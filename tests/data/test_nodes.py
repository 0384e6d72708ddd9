"""Graphs of labeled nodes from files, and what is wrong with them."""

import numpy as np
import pytest
import scipy.sparse

from jaxrec.base import InputError
from jaxrec.data import load_nodes, row_normalized

FEATURE = scipy.sparse.csr_array(np.array([[1, 0, 2], [0, 0, 0], [0, 3, 0], [1, 1, 1]], np.float32))
ARRAYS = {
    "edge": np.array([[0, 1, 1, 2, 3], [1, 0, 2, 1, 3]]),
    "x_data": FEATURE.data,
    "x_indices": FEATURE.indices,
    "x_indptr": FEATURE.indptr,
    "x_shape": np.array(FEATURE.shape),
    "label": np.array([0, 1, 1, -1]),
    "train": np.array([0]),
    "valid": np.array([2]),
    "test": np.array([1]),
}


def write(path, **changed):
    np.savez(
        path, **{name: array for name, array in (ARRAYS | changed).items() if array is not None}
    )
    return str(path)


def test_a_file_is_read_as_it_was_written(tmp_path):
    nodes = load_nodes(write(tmp_path / "papers.npz"))
    np.testing.assert_array_equal(nodes.feature.toarray(), FEATURE.toarray())
    assert (nodes.name, nodes.n_nodes, nodes.n_classes) == ("papers", 4, 2)
    assert nodes.label.tolist() == [0, 1, 1, -1]
    assert [part.tolist() for part in (nodes.train, nodes.valid, nodes.test)] == [[0], [2], [1]]


def test_edges_go_both_ways_once_and_never_to_their_own_start(tmp_path):
    one_way = np.array([[0, 1, 1, 3], [1, 2, 2, 3]])
    for edge in (ARRAYS["edge"], one_way):
        nodes = load_nodes(write(tmp_path / "papers.npz", edge=edge))
        ends = set(zip(nodes.senders.tolist(), nodes.receivers.tolist(), strict=True))
        assert ends == {(0, 1), (1, 0), (1, 2), (2, 1)} and len(nodes.senders) == 4


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"valid": None}, "has no array valid; give edge, x_data"),
        ({"edge": np.zeros((3, 2), int)}, r"edge has the shape \(3, 2\); give \[2, E\]"),
        ({"edge": np.array([[0], [4]])}, "edge holds 4; give 0 to 3"),
        ({"edge": np.array([[0.0], [1.0]])}, "edge is float64 of shape .*; give whole numbers"),
        ({"label": np.array([0, 1, 1])}, "label has 3 entries of at most 1 for 4 rows"),
        ({"label": np.zeros(4, int)}, "two classes or more"),
        ({"label": np.array([0, 1, -2, 0])}, "label holds -2; give -1 to 3"),
        ({"train": np.array([-1])}, "train holds -1; give 0 to 3"),
        ({"train": np.array([3])}, "train has node 3 of label -1; leave it out"),
        ({"test": np.array([], int)}, "test is empty; give at least one node"),
        ({"test": np.array([0])}, "node 0 is in the split twice; keep one"),
        ({"x_indices": FEATURE.indices + 1}, "x is no matrix in compressed sparse rows"),
        ({"x_shape": np.array([4])}, "x is no matrix in compressed sparse rows"),
        ({"x_data": np.full(6, np.nan, np.float32)}, "x_data holds nan"),
    ],
)
def test_arrays_that_say_no_such_graph_are_refused(tmp_path, changed, said):
    with pytest.raises(InputError, match=f"papers.npz.*{said}"):
        load_nodes(write(tmp_path / "papers.npz", **changed))


def test_what_is_no_file_of_arrays_is_refused(tmp_path):
    (tmp_path / "text.npz").write_text("0 1\n")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "alone.npy", np.arange(3))
    for name in ("text.npz", "empty.npz", "alone.npy"):
        with pytest.raises(InputError, match=f"{name} is no .npz file of plain arrays"):
            load_nodes(str(tmp_path / name))
    with pytest.raises(InputError, match=r"missing\.npz"):
        load_nodes(str(tmp_path / "missing.npz"))


def test_an_unknown_name_and_a_missing_folder_say_where_to_look(tmp_path):
    with pytest.raises(InputError, match="did you mean cora"):
        load_nodes("corra")
    with pytest.raises(InputError, match="no folder 'cora' in .*planetoid"):
        load_nodes("cora", data_dir=str(tmp_path))


def test_rows_are_divided_by_their_size():
    rows = row_normalized(FEATURE).toarray()
    np.testing.assert_allclose(rows.sum(axis=1), [1, 0, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(rows[0], [1 / 3, 0, 2 / 3], rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "n_nodes", "n_features", "n_classes", "n_edges", "n_train"),
    [("cora", 2708, 1433, 7, 5278, 140), ("citeseer", 3327, 3703, 6, 4552, 120)],
)
def test_the_known_graphs_have_their_sizes(
    data_dir, name, n_nodes, n_features, n_classes, n_edges, n_train
):
    nodes = load_nodes(name, data_dir=str(data_dir))
    assert nodes.feature.shape == (n_nodes, n_features)
    assert (nodes.n_classes, len(nodes.senders)) == (n_classes, 2 * n_edges)
    assert [len(part) for part in (nodes.train, nodes.valid, nodes.test)] == [n_train, 500, 1000]
