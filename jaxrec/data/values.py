"""Columns in memory, as polars holds them: series, arrays and lists of Python's values.

A value is kept as it is, or as the text that a file would have of it. Neither pandas nor pyarrow is
needed: what only these convert at once goes value by value without.
"""

import datetime
import numbers
from collections.abc import Iterable
from types import NoneType
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from jaxrec.base import InputError

_BY_ARROW = (
    "ArrowDtype BooleanDtype CategoricalDtype DatetimeTZDtype Float32Dtype Float64Dtype Int8Dtype "
    "Int16Dtype Int32Dtype Int64Dtype StringDtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype"
).split()
"""pandas's own types that ``polars.from_pandas`` reads."""
_UNITS = {"Y": "D", "M": "D", "W": "D", "h": "ms", "m": "ms", "s": "ms"}
"""Units of NumPy's dates, and those of polars that hold them exactly."""
_OF_ONE_TYPE = (
    ((str,), pl.String),
    ((bool, np.bool_), pl.Boolean),
    ((int, np.integer), pl.Int64),
    ((float, np.floating), pl.Float64),
)


def series_of(values: Any, title: str = "") -> pl.Series:
    """One column: a series, an array of one axis, or a list of Python's values.

    >>> series_of([7, None, "x"]).to_list()
    ['7', None, 'x']
    """
    try:
        if isinstance(values, pl.Series):
            series = _from_values(values.to_list()) if values.dtype == pl.Object else values
        elif is_pandas(values):
            series = _from_pandas(values)
        elif hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
            series = pl.Series(values)
        elif hasattr(values, "__array__"):
            series = _from_numpy(values if isinstance(values, np.ndarray) else np.asarray(values))
        else:
            series = _from_values(list(values))
    except UnicodeEncodeError as error:
        raise InputError(
            f"column {title!r} holds half of a UTF-16 character (\\ud800 to \\udfff); repair it"
        ) from error
    return series.alias(title)


def is_pandas(value: Any) -> bool:
    """Whether this is a frame, a series or an index of pandas."""
    return type(value).__module__.partition(".")[0] == "pandas"


def _from_pandas(column: Any) -> pl.Series:
    if isinstance(column.dtype, np.dtype):
        return _from_numpy(column.to_numpy())
    if type(column.dtype).__name__ in _BY_ARROW:
        try:
            return pl.from_pandas(column)
        except (ImportError, TypeError, ValueError, NotImplementedError, PolarsError):
            pass  # Without pyarrow, and of categories of several types.
    return _from_values(column.tolist())


def _from_numpy(array: np.ndarray) -> pl.Series:
    if array.dtype.kind in "OV" or array.dtype == np.longdouble or np.ma.isMaskedArray(array):
        return _from_values(array.tolist())
    if array.dtype.kind == "M":
        unit = np.datetime_data(array.dtype)[0]
        array = array.astype(f"datetime64[{_UNITS.get(unit, unit)}]")
    try:
        return pl.Series(array)
    except (TypeError, ValueError):  # Units that polars lacks.
        return _from_values(array.tolist())


def _from_values(values: list[Any]) -> pl.Series:
    """Python's values: of one type as they are, of several as text, of no single value as objects.

    Dates are text, too, so that their digits and time zones are read as those of files.
    """
    if any(map(_has_parts, {*map(type, values)})):
        return pl.Series(values, dtype=pl.Object)
    if not {*map(type, values)} <= {str, int, bool}:
        values = [None if _is_missing(value) else value for value in values]
    kinds = {*map(type, values)} - {NoneType}
    for types, dtype in _OF_ONE_TYPE:
        if kinds and all(issubclass(kind, types) for kind in kinds):
            if dtype == pl.Int64 and (bool in kinds or not _fit(values)):
                break
            return pl.Series(values, dtype=dtype)
    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)


def _fit(values: list[Any]) -> bool:
    return all(value is None or -(2**63) <= value < 2**63 for value in values)


def _has_parts(kind: type) -> bool:
    """Whether values of this type are no single ones that a text stands for."""
    single = (str, numbers.Number, datetime.date, datetime.time, datetime.timedelta, np.generic)
    if issubclass(kind, single) and not issubclass(kind, np.void | np.bytes_):
        return False
    own_text = kind.__str__ is not object.__str__ or kind.__repr__ is not object.__repr__
    return issubclass(kind, bytes | bytearray | Iterable) or not own_text


def _is_missing(value: Any) -> bool:
    """None, and what pandas, NumPy and floats have for it."""
    return value is None or type(value).__name__ == "NAType" or bool(value != value)
