"""The three networks whose nodes have labels, several each."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from jaxrec.base import InputError

FOLDERS = {"blogcatalog": "blogcatalog", "ppi": "node2vec", "wikipedia": "node2vec"}


class Labeled(NamedTuple):
    """An undirected graph.

    Attributes:
      ends: every edge once or in both directions.
      label: which labels each node has; of some nodes none is known.
    """

    ends: Int[np.ndarray, "E 2"]
    label: Bool[np.ndarray, "N K"]


def load(name: str, data_dir: str | None = None) -> Labeled:
    """Reads BlogCatalog, PPI (Homo sapiens) or Wikipedia (parts of speech).

    Raises:
      InputError: no such network, or no folder of it.
    """
    if name not in FOLDERS:
        raise InputError(f"no network is called {name!r}; choose one of {', '.join(FOLDERS)}")
    root = data_dir or os.environ.get("JAXREC_DATA")
    if not root or not (Path(root) / FOLDERS[name]).is_dir():
        raise InputError(
            f"the folder {FOLDERS[name]!r} is looked for in --data-dir or JAXREC_DATA; the data "
            "comes from https://snap.stanford.edu/node2vec and http://datasets.syr.edu"
        )
    folder = Path(root) / FOLDERS[name]
    if name == "blogcatalog":
        with np.load(folder / "blogcatalog.npz") as found:
            ends = np.asarray(found["edge"]).reshape(2, -1).T
            return _labeled(ends, found["label_node"], found["label_group"])
    ends = np.loadtxt(folder / f"{name}.edges", np.int64)
    lines = (folder / f"{name}.groups").read_text().splitlines()
    groups = [np.array(line.split(), int) for line in lines]
    group = np.repeat(np.arange(len(groups)), [len(nodes) for nodes in groups])
    return _labeled(ends, np.concatenate(groups), group)


def _labeled(ends, node: Int[np.ndarray, "M"], group: Int[np.ndarray, "M"]) -> Labeled:
    label = np.zeros((max(ends.max(), node.max()) + 1, group.max() + 1), bool)
    label[node, group] = True
    return Labeled(np.asarray(ends), label)
