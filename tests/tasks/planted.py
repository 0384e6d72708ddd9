"""Nodes in blocks that are linked mostly to their own, with features that tell a little of it."""

from pathlib import Path

import numpy as np
import polars as pl

N, BLOCKS = 90, 3
NAMES = [f"n{row}" for row in range(N)]
BLOCK = np.arange(N) % BLOCKS
CLASSES = ["red", "green", "blue"]


def tables(seed: int = 0, noise: float = 1.5) -> dict[str, pl.DataFrame]:
    """Edges, labels of four fifths of the nodes, and features of all, nodes in random order."""
    rng = np.random.default_rng(seed)
    same = BLOCK[:, None] == BLOCK
    ends = np.argwhere(np.triu(rng.random((N, N)) < np.where(same, 0.3, 0.02), 1))
    ends = np.concatenate([ends, [[0, 3], [3, 0], [5, 5]]])  # Repeated, and of a node with itself.
    names = np.array(NAMES)
    edges = pl.DataFrame({"source": names[ends[:, 0]], "target": names[ends[:, 1]]})
    order = rng.permutation(N)
    labeled = order[: 4 * N // 5]
    labels = {"node": names[labeled], "label": np.array(CLASSES)[BLOCK[labeled]]}
    value = BLOCK[order][:, None] == np.arange(BLOCKS)
    value = value + rng.normal(scale=noise, size=(N, BLOCKS))
    features = {"node": names[order], **{f"x{c}": value[:, c] for c in range(BLOCKS)}}
    tables = {"edges": edges, "labels": labels, "features": features}
    return {name: pl.DataFrame(table) for name, table in tables.items()}


def write(folder: Path) -> Path:
    """The tables as files of their names, edges.csv and so on."""
    for name, frame in tables().items():
        frame.write_csv(folder / f"{name}.csv")
    return folder
