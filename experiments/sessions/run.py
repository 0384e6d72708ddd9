"""Trained models of sessions on the sets of their papers, in the papers' split and full ranking.

The epoch is chosen by the validation slice, a tenth of the training sessions or the last item but
one of every history; the test slice is measured once. Baselines are those of every run.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from experiments.recipe import check_names, folder, measure, told, write
from jaxrec.data import GRAPHS
from jaxrec.registry import MODELS


class Protocol(NamedTuple):
    """How a data set is split and measured.

    Attributes:
      metrics: the two that papers have; the second chooses the epoch.
      options: of ``jaxrec train``.
      published: by system, the two metrics as its paper prints them for this data and protocol.
    """

    metrics: tuple[str, str]
    options: dict[str, Any]
    published: dict[str, tuple[float, float]]


SESSIONS = ("hit@20", "mrr@20")
HISTORIES = ("hit@10", "ndcg@10")
LEAVE_ONE_OUT: dict[str, Any] = {"split": "leave_one_out", "k": (10,)}
OF_SR_GNN = "Wu et al. 2019, table 2"
PROTOCOLS = {
    "yoochoose1_64": Protocol(
        SESSIONS,
        {"k": (20,), "epochs": 8, "schedule": "cosine"},
        {
            f"POP ({OF_SR_GNN})": (0.0671, 0.0165),
            f"S-POP ({OF_SR_GNN})": (0.3044, 0.1835),
            f"Item-KNN ({OF_SR_GNN})": (0.5160, 0.2181),
            f"GRU4Rec ({OF_SR_GNN})": (0.6064, 0.2289),
            f"NARM ({OF_SR_GNN})": (0.6832, 0.2863),
            f"STAMP ({OF_SR_GNN})": (0.6874, 0.2967),
            f"SR-GNN ({OF_SR_GNN})": (0.7057, 0.3094),
        },
    ),
    "diginetica": Protocol(
        SESSIONS,
        {"k": (20,), "epochs": 3, "schedule": "cosine"},
        {"SR-GNN (a rerun by others)": (0.5071, 0.1785)},
    ),
    "tmall-kg": Protocol(SESSIONS, {"k": (20,), "epochs": 5, "schedule": "cosine"}, {}),
    "ml-100k": Protocol(HISTORIES, LEAVE_ONE_OUT | {"epochs": 60, "patience": 10}, {}),
    "s3rec-beauty": Protocol(
        HISTORIES,
        LEAVE_ONE_OUT | {"epochs": 60, "patience": 10},
        {
            "SASRec (S3-Rec's table)": (0.0605, 0.0318),
            "S3-Rec (its table)": (0.0647, 0.0327),
            "GRU4Rec (S3-Rec's table)": (0.0283, 0.0137),
        },
    ),
    "s3rec-lastfm": Protocol(
        HISTORIES,
        LEAVE_ONE_OUT | {"epochs": 60, "patience": 10},
        {
            "SASRec (S3-Rec's table)": (0.0688, 0.0390),
            "S3-Rec (its table)": (0.0743, 0.0427),
            "GRU4Rec (S3-Rec's table)": (0.0367, 0.0187),
        },
    ),
}
OTHERS = Protocol(SESSIONS, {"k": (20,), "epochs": 10}, {})
"""Of files of one's own."""
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "srgnn": ("srgnn", {}),
    "srgnn, no graph": ("srgnn", {"n_layers": 0}),
    "gru4rec": ("gru4rec", {}),
    "sasrec": ("sasrec", {"dropout": 0.5}),
    "sasrec, drawn negatives": ("sasrec", {"dropout": 0.5, "candidates": "uniform"}),
    "ksr": ("ksr", {}),
    "kg_sequential": ("kg_sequential", {}),
    "kg_sequential, values written": ("kg_sequential", {"write": "value"}),
    "kg_sequential, no graph": ("kg_sequential", {"n_layers": 0}),
    "kg_sequential, no memory": ("kg_sequential", {"reads": "graph"}),
    "kg_sequential, memory alone": ("kg_sequential", {"reads": "memory"}),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is trained; models of facts on sets that have some."""

    data: tuple[str, ...] = tuple(PROTOCOLS)
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    rows: tuple[str, ...] = tuple(ROWS)
    seeds: tuple[int, ...] = (0, 1, 2)
    dim: int = 100
    batch_size: int = 100
    epochs: int | None = None
    """At most; by default those of each data set, 3 to 60."""
    steps: int | None = None
    """Steps an epoch; by default a draw for each prefix."""
    test_users: int | None = None
    """Positions of the test slice that are measured; by default all."""
    runs: str | None = None
    """Folder to keep the runs in, DATA/ROW-SEED, for jaxrec compare; by default none is kept."""
    quick: bool = False
    """The first row and seed on the first data set, 5 steps, to see it run."""
    out: str = "experiments/sessions/results"
    """Folder for one JSON file a data set."""


def main(config: Config) -> dict[str, dict[str, Any]]:
    """Trains every row on every data set with every seed; prints and writes tables.

    Rows that the file has in the same setting stay, so the command goes on where it was stopped.
    """
    check_names(config.rows, tuple(ROWS), "--rows")
    if config.quick:
        first = {"data": config.data[:1], "rows": config.rows[:1], "seeds": config.seeds[:1]}
        config = dataclasses.replace(config, **first, steps=5, epochs=1, test_users=500)
    found: dict[str, dict[str, Any]] = {}
    for data in config.data:
        path = folder(config.out, config.quick) / f"{Path(data).stem}.json"
        found[data] = _kept(path, config)
        for row in config.rows:
            if row not in found[data] and (data in GRAPHS or not MODELS[ROWS[row][0]].knows):
                found[data][row] = [train(config, data, row, seed) for seed in config.seeds]
                write(path, _settings(config), found[data])
        _show(data, found[data])
    return found


def train(config: Config, data: str, row: str, seed: int) -> dict[str, Any]:
    """Test metrics, baselines, the chosen epoch and seconds of one run."""
    model, options = ROWS[row]
    protocol = PROTOCOLS.get(data, OTHERS)
    given: dict[str, Any] = {"data_dir": config.data_dir, "select": protocol.metrics[1]}
    given |= protocol.options | options | {"dim": config.dim, "batch_size": config.batch_size}
    given |= {"steps": config.steps, "test_users": config.test_users, "seed": seed}
    given |= {} if config.epochs is None else {"epochs": config.epochs}
    if config.runs is not None:
        given["out"] = Path(config.runs) / Path(data).stem / f"{row.replace(', ', '-')}-{seed}"
    found = measure(model, data=data, **given)
    about = {"epoch": found["model"]["epoch"], "seconds": found["seconds"]}
    return {"test": found["test"], "valid": found["valid"], "baselines": found["baselines"]} | about


def _settings(config: Config) -> dict[str, Any]:
    """What all rows of a file have in common."""
    kept = ("seeds", "dim", "batch_size", "epochs", "steps", "test_users", "quick")
    return {name: getattr(config, name) for name in kept}


def _kept(path: Path, config: Config) -> dict[str, Any]:
    """Rows that an earlier command found in the same setting."""
    if not path.is_file():
        return {}
    written = json.loads(path.read_text())
    settings = json.loads(json.dumps(_settings(config)))
    same = all(written["config"][name] == value for name, value in settings.items())
    return written["rows"] if same else {}


def _show(data: str, rows: dict[str, Any]) -> None:
    protocol = PROTOCOLS.get(data, OTHERS)
    table = Table(title=f"{data}, test slice, full ranking", title_justify="left")
    for name in ("", *protocol.metrics, "seconds"):
        table.add_column(name, justify="left" if not name else "right")
    for row, runs in rows.items():
        seconds = sum(sum(run["seconds"].values()) for run in runs) / len(runs)
        table.add_row(row, *(told(runs, name) for name in protocol.metrics), f"{seconds:.0f}")
    table.add_section()
    for name, values in next(iter(rows.values()))[0]["baselines"].items():
        table.add_row(name, *(f"{values[metric]:.4f}" for metric in protocol.metrics), "")
    table.add_section()
    for name, values in protocol.published.items():
        table.add_row(name, *(f"{value:.4f}" for value in values), "")
    table.caption = "Last: as published by others"
    Console(width=120).print(table)
