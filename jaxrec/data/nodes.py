"""Graphs whose nodes have features and labels, to classify them: one ``.npz`` file each."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import scipy.sparse
from jaxtyping import Int, Int32

from jaxrec.base import InputError
from jaxrec.data.known import Known, find_known
from jaxrec.data.text import check_exists

PARTS = "train", "valid", "test"
ARRAYS = "edge", "x_data", "x_indices", "x_indptr", "x_shape", "label", *PARTS


@dataclass(frozen=True)
class LabeledNodes:
    """An undirected graph of nodes with features, some of which have a class, and its split.

    Attributes:
      senders, receivers: every edge in both directions, once, none from a node to itself.
      feature: sparse, in ``[N, F]``, as in the file.
      label: the class of each node, -1 where it is not known.
      train, valid, test: nodes whose classes are known, each in one part at most.
    """

    name: str
    senders: Int32[np.ndarray, "E"]
    receivers: Int32[np.ndarray, "E"]
    feature: scipy.sparse.csr_array
    label: Int32[np.ndarray, "N"]
    train: Int32[np.ndarray, "_"]
    valid: Int32[np.ndarray, "_"]
    test: Int32[np.ndarray, "_"]

    @property
    def n_nodes(self) -> int:
        """Those without edges, too."""
        return len(self.label)

    @property
    def n_features(self) -> int:
        """Columns of ``feature``."""
        return cast(tuple[int, int], self.feature.shape)[1]

    @property
    def n_classes(self) -> int:
        """Classes are ``0 .. n_classes - 1``."""
        return int(self.label.max()) + 1


def load_nodes(source: str, *, data_dir: str | None = None) -> LabeledNodes:
    """Reads a graph of labeled nodes.

    The file holds ``edge [2, E]`` (one direction is enough, repeats count once and edges from a
    node to itself not at all); features as compressed sparse rows ``x_data``, ``x_indices``,
    ``x_indptr``, ``x_shape``; ``label [N]``; and nodes ``train``, ``valid``, ``test``.

    Args:
      source: "cora", "citeseer" (Planetoid's split), or a path to an ``.npz`` file. A name wins.
      data_dir: where known data sets lie; by default what JAXREC_DATA names.

    Raises:
      InputError: in one line, what is wrong with the source and how to repair it.
    """
    path = Path(source)
    if source in NODES or not (path.exists() or path.suffix or len(path.parts) > 1):
        return find_known(source, NODES).load(data_dir)
    return _read(path)


def row_normalized(feature: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """Rows divided by their sum of absolute values; rows of zeros stay.

    >>> row_normalized(scipy.sparse.csr_array([[1.0, 3.0], [0.0, 0.0]])).toarray().tolist()
    [[0.25, 0.75], [0.0, 0.0]]
    """
    total = np.asarray(abs(feature).sum(axis=1))
    scale = np.divide(1, total, out=np.zeros(len(total)), where=total > 0)
    scaled = scipy.sparse.diags_array(scale) @ feature
    return scipy.sparse.csr_array(scaled.astype(feature.dtype))


def _read(path: Path) -> LabeledNodes:
    check_exists(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in ARRAYS if name in file}
    except (ValueError, OSError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no .npz file of plain arrays; write it by np.savez") from error
    missing = [name for name in ARRAYS if name not in found]
    if missing:
        raise InputError(f"{path} has no array {missing[0]}; give {', '.join(ARRAYS)}")
    feature = _feature(path, found)
    n_nodes = len(feature.indptr) - 1
    label = _ids(path, "label", found["label"], -1, n_nodes)
    if len(label) != n_nodes or label.max(initial=-1) < 1:
        raise InputError(
            f"{path}: label has {len(label)} entries of at most {label.max(initial=-1)} for "
            f"{n_nodes} rows of features; give a class a node, two classes or more, -1 for unknown"
        )
    edge = found["edge"]
    if edge.ndim != 2 or len(edge) != 2:
        raise InputError(f"{path}: edge has the shape {edge.shape}; give [2, E]")
    ends = _ids(path, "edge", edge.ravel(), 0, n_nodes).reshape(2, -1)
    ends = np.unique(np.concatenate([ends, ends[::-1]], axis=1), axis=1)
    senders, receivers = ends[:, ends[0] != ends[1]]
    split = {name: _ids(path, name, found[name], 0, n_nodes) for name in PARTS}
    _check_split(path, label, split)
    return LabeledNodes(path.stem, senders, receivers, feature, label, **split)


def _feature(path: Path, found: dict[str, np.ndarray]) -> scipy.sparse.csr_array:
    try:
        value = np.asarray(found["x_data"], np.float32)
        arrays = value, found["x_indices"], found["x_indptr"]
        n_nodes, n_features = (int(size) for size in found["x_shape"])
        feature = scipy.sparse.csr_array(arrays, shape=(n_nodes, n_features))
        feature.check_format(full_check=True)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: x is no matrix in compressed sparse rows ({error})") from error
    if not np.isfinite(value).all():
        raise InputError(f"{path}: x_data holds {value[~np.isfinite(value)][0]}; give numbers")
    feature.sum_duplicates()
    return feature


def _ids(path: Path, name: str, value: Any, least: int, n_nodes: int) -> Int[Any, "n"]:
    if value.ndim != 1 or not np.issubdtype(value.dtype, np.integer):
        raise InputError(
            f"{path}: {name} is {value.dtype} of shape {value.shape}; give whole numbers in a row"
        )
    outside = value[(value < least) | (value >= n_nodes)]
    if len(outside):
        raise InputError(f"{path}: {name} holds {outside[0]}; give {least} to {n_nodes - 1}")
    return value.astype(np.int32)


def _check_split(path: Path, label: Int32[np.ndarray, "N"], split: dict[str, Any]) -> None:
    node, count = np.unique(np.concatenate(list(split.values())), return_counts=True)
    for name, nodes in split.items():
        if not len(nodes):
            raise InputError(f"{path}: {name} is empty; give at least one node")
        unknown = nodes[label[nodes] < 0]
        if len(unknown):
            raise InputError(f"{path}: {name} has node {unknown[0]} of label -1; leave it out")
    if (count > 1).any():
        raise InputError(f"{path}: node {node[count > 1][0]} is in the split twice; keep one")


def _known(name: str, description: str) -> Known:
    origin = "https://github.com/kimiyoung/planetoid, its arrays written by np.savez"
    return Known(description, origin, lambda folder: _read(folder / f"{name}.npz"), folder=name)


NODES: Mapping[str, Known] = {
    "cora": _known("cora", "2,708 papers of 7 fields, 1,433 words, 5,278 citations"),
    "citeseer": _known("citeseer", "3,327 papers of 6 fields, 3,703 words, 4,552 citations"),
}
"""Their readers give ``LabeledNodes``."""
