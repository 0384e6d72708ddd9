"""Paired tests of many pairs at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from jaxrec.evaluate import compare_users, holm

Asked = tuple[dict[str, Any], Float[np.ndarray, "U"], Float[np.ndarray, "U"]]
"""What a pair is called, and a metric of both systems for the same users."""


def compared(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Says of every pair whether the second differs, as ``jaxrec compare`` does.

    Returns:
      For each pair its name, means, difference with a bootstrap interval of 95 %, and ``p``, the
      largest of three tests', each Holm-corrected over all pairs.
    """
    if not asked:
        return []
    each = [compare_users(first, second) for _, first, second in asked]
    tests = [np.array([one.p_values[test] for one in each]) for test in each[0].p_values]
    p_values = np.max([holm(values) for values in tests], axis=0)
    return [
        name
        | {"first": one.first, "second": one.second, "difference": one.difference}
        | {"low": one.low, "high": one.high, "p": float(p)}
        for (name, _, _), one, p in zip(asked, each, p_values, strict=True)
    ]
