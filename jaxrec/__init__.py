"""Graph recommenders as pure JAX functions, from a table of interactions to top-K.

``jaxrec.read`` or ``jaxrec.Dataset.from_frame``, then ``jaxrec.fit`` and what its ``Run`` answers;
``jaxrec.load`` opens a run again. Everything is imported when it is first named, so that
``import jaxrec`` costs no JAX.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxrec.base import InputError as InputError, Model as Model
    from jaxrec.data import Dataset as Dataset, load as read
    from jaxrec.runs.api import fit as fit, load as load
    from jaxrec.runs.pretrain.door import pretrain as pretrain
    from jaxrec.runs.run import Run as Run
    from jaxrec.search.door import tune as tune

__version__ = "0.2.0"
__all__ = ["Dataset", "InputError", "Model", "Run", "fit", "load", "pretrain", "read", "tune"]

NAMES = {
    "Dataset": ("jaxrec.data", "Dataset"),
    "InputError": ("jaxrec.errors", "InputError"),
    "Model": ("jaxrec.base", "Model"),
    "Run": ("jaxrec.runs.run", "Run"),
    "fit": ("jaxrec.runs.api", "fit"),
    "load": ("jaxrec.runs.api", "load"),
    "pretrain": ("jaxrec.runs.pretrain.door", "pretrain"),
    "read": ("jaxrec.data", "load"),
    "tune": ("jaxrec.search.door", "tune"),
}
PACKAGES = ("base", "data", "evaluate", "graph", "losses", "models", "nn", "ops", "registry")
PACKAGES += ("retrieve", "runs", "sampling", "search", "tasks", "train", "transfer")


def __getattr__(name: str) -> Any:
    if name in NAMES:
        module, attribute = NAMES[name]
        return getattr(importlib.import_module(module), attribute)
    if name in PACKAGES:
        return importlib.import_module(f"jaxrec.{name}")
    raise AttributeError(f"module 'jaxrec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *NAMES, *PACKAGES])
