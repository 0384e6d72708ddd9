"""A row of a table: options of ``jaxrec train``, run in a folder that is thrown away."""

import dataclasses
import json
import logging
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
from rich.console import Console

import jaxrec
from jaxrec.base import InputError
from jaxrec.registry import MODELS
from jaxrec.runs import make, write_atomically

PARTS = (
    "data",
    "models",
    "methods",
    "rows",
    "new_rows",
    "networks",
    "partitions",
    "data_dir",
    "out",
    "quick",
)
logging.getLogger("absl").setLevel(logging.ERROR)  # Orbax reports every folder that it opens.


def without_refit(model: str) -> dict[str, bool]:
    """Tables of record, as those of papers, measure the model that was validated."""
    return {"refit": False} if MODELS[model].trained else {}


def measure(model: str, **given: Any) -> dict[str, Any]:
    """What ``jaxrec train --model MODEL ...`` writes as metrics.json."""
    settings: dict[str, Any] = without_refit(model) | given
    return jaxrec.fit(settings.pop("data", "movielens-small"), model, **settings).results


def check_names(named: Sequence[str], known: Sequence[str], flag: str) -> None:
    """Refuses a name that the table has no row for.

    Raises:
      InputError: names it, and those that there are.
    """
    for name in named:
        if name not in known:
            raise InputError(f"{flag}: no row is called {name!r}; choose of {', '.join(known)}")


def check_given(config: Any) -> None:
    """Refuses an option that may hold several values and holds none.

    Raises:
      InputError: names it.
    """
    for field in dataclasses.fields(config):
        if getattr(config, field.name) == ():
            flag = "--" + field.name.replace("_", "-")
            raise InputError(f"{flag} holds nothing; give one or more, or leave {flag} out")


def summary(runs: Sequence[dict[str, Any]], metric: str) -> tuple[float, float]:
    """Mean and standard deviation of a test metric over seeds."""
    values = [run["test"][metric] for run in runs]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def told(runs: Sequence[dict[str, Any]], metric: str) -> str:
    """The same as a cell of a table; one run has no deviation.

    >>> told([{"test": {"ndcg@10": 0.1}}], "ndcg@10")
    '0.1000'
    >>> told([{"test": {"ndcg@10": 0.1}}, {"test": {"ndcg@10": 0.3}}], "ndcg@10")
    '0.2000 ± 0.1414'
    """
    mean, deviation = summary(runs, metric)
    return f"{mean:.4f} ± {deviation:.4f}" if len(runs) > 1 else f"{mean:.4f}"


def beside_record(config: Any) -> Any:
    """Of other settings than those of record, results go to a folder of their own.

    Which part of the record is run (``PARTS``) is no setting.
    """
    usual = type(config)()
    names = [field.name for field in dataclasses.fields(config) if field.name not in PARTS]
    if all(getattr(config, name) == getattr(usual, name) for name in names):
        return config
    return dataclasses.replace(config, out=Path(config.out).with_name("other").as_posix())


def folder(out: str | Path, quick: bool) -> Path:
    """Where results go: those of a quick run do not replace those of record.

    >>> folder("experiments/family/results", quick=True).as_posix()
    'experiments/family/quick'
    """
    path = Path(out)
    of_record = path.parts[0] == "experiments" and path.name == "results"
    return path.with_name("quick") if quick and of_record else path


def write(path: Path, config: dict[str, Any], rows: Any, **more: Any) -> None:
    """Writes results with what they came from, and ``more`` by name; says where."""
    path = folder(path.parent, config.get("quick", False)) / path.name
    make(path.parent)
    about = {
        "config": config | {"data_dir": None, "out": None},
        "device": jax.devices()[0].device_kind,
        "versions": {name: version(name) for name in ("jaxrec", "jax", "jaxlib")},
    }
    text = json.dumps(about | more | {"rows": rows}, indent=1) + "\n"
    write_atomically(path, lambda beside: beside.write_text(text))
    Console(stderr=True).print(f"Results: {path}", soft_wrap=True, markup=False)
