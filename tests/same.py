"""Equality of objects that hold arrays."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl


def differences(one: Any, other: Any, place: str = "it") -> list[str]:
    """Where two objects differ: in type, in a value, in the type or the order of arrays."""
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in dataclasses.fields(one)]
        return _of([(f"{place}.{n}", getattr(one, n), getattr(other, n)) for n in names])
    if isinstance(one, tuple) and hasattr(one, "_fields") and type(one) is type(other):
        return _of([(f"{place}.{n}", getattr(one, n), getattr(other, n)) for n in one._fields])
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if list(one) != list(other):
            return [f"{place}: {list(one)} and {list(other)}"]
        return _of([(f"{place}[{key!r}]", one[key], other[key]) for key in one])
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        alike = one.dtype == other.dtype and np.array_equal(one, other)
    elif isinstance(one, pl.Series) and isinstance(other, pl.Series):
        alike = one.equals(other, check_dtypes=True)
    elif isinstance(one, pl.DataFrame) and isinstance(other, pl.DataFrame):
        alike = one.schema == other.schema and one.equals(other)
    else:
        alike = type(one) is type(other) and one == other
    return [] if alike else [f"{place}: {one!r} and {other!r}"]


def _of(parts: list[tuple[str, Any, Any]]) -> list[str]:
    return [found for place, one, other in parts for found in differences(one, other, place)]
