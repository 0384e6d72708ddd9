"""The labeled nodes of a run and their graph as tables, and back."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse

from jaxrec.data import NodeGraph, NodeLabels, Split
from jaxrec.tasks import NodeData


def frames(data: NodeData) -> dict[str, pl.DataFrame]:
    """The tables to write, by name."""
    graph, split = data.graph, data.split
    label, number = (np.full(graph.n_nodes, -1, np.int32) for _ in range(2))
    for place, part in enumerate((split.train, split.valid, split.test)):
        label[part.node], number[part.node] = part.label, place
    found = {
        "nodes": pl.DataFrame({"node": data.node_ids, "label": label, "slice": number}),
        "classes": pl.DataFrame({"label": data.class_ids}),
        "edges": pl.DataFrame({"sender": graph.senders, "receiver": graph.receivers}),
    }
    if graph.feature is not None:
        cells = graph.feature.tocoo()
        columns = {"node": cells.row, "feature": cells.col, "value": cells.data}
        found["features-node"] = pl.DataFrame(columns)
    return found


def read(folder: Path, options: Any, about: dict[str, Any]) -> NodeData:
    """What ``frames`` has written.

    Args:
      options: the run's.
      about: what config.json says of the data.

    Raises:
      OSError: a file is missing.
    """
    read_table = lambda name: pl.read_parquet(folder / f"{name}.parquet", glob=False)
    nodes, classes, edges = map(read_table, ("nodes", "classes", "edges"))
    feature = None
    if about["inputs"]["known"]:
        cells, shape = read_table("features-node"), (len(nodes), about["inputs"]["features"])
        place = cells["node"].to_numpy(), cells["feature"].to_numpy()
        feature = scipy.sparse.csr_array((cells["value"].to_numpy(), place), shape=shape)
    ends = edges["sender"].to_numpy(), edges["receiver"].to_numpy()
    graph = NodeGraph(*ends, len(nodes), feature)
    label, number = nodes["label"].to_numpy(), nodes["slice"].to_numpy()
    rows = (np.flatnonzero(number == place).astype(np.int32) for place in range(3))
    slices = (NodeLabels(row, label[row], graph, len(classes)) for row in rows)
    return NodeData(Split(*slices, method=options.split), nodes["node"], classes["label"])
