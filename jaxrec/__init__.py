"""Graph recommenders as pure JAX functions, from a file of interactions to top-K.

Packages are imported when they are first named, so that ``import jaxrec`` costs no JAX.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

PACKAGES = (
    "base",
    "data",
    "evaluate",
    "graph",
    "losses",
    "models",
    "nn",
    "ops",
    "retrieve",
    "sampling",
    "train",
    "transfer",
)


def __getattr__(name: str) -> Any:
    if name in PACKAGES:
        return importlib.import_module(f"jaxrec.{name}")
    raise AttributeError(f"module 'jaxrec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *PACKAGES])
