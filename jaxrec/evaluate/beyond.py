"""Beyond accuracy: how much of the catalogue is shown, and how popular what is shown is.

All read ``item`` ``[Q, k]``, the lists shown, with ``-1`` where a list is shorter.
"""

import numpy as np
from jaxtyping import Float, Int


def coverage(item: Int[np.ndarray, "Q k"], n_items: int) -> float:
    """Share of the catalogue that is shown to anyone."""
    return len(np.unique(item[item >= 0])) / n_items


def gini(item: Int[np.ndarray, "Q k"], n_items: int) -> float:
    """Inequality of exposure: 0 when all items are shown equally often, towards 1 when few are.

    ``sum_j (2 j - I - 1) x_j / (I sum_j x_j)`` over exposures ``x`` in ascending order.
    """
    shown = np.sort(np.bincount(item[item >= 0], minlength=n_items)).astype(np.float64)
    weight = 2 * np.arange(1, n_items + 1) - n_items - 1
    return float(weight @ shown / (n_items * max(shown.sum(), 1)))


def average_popularity(item: Int[np.ndarray, "Q k"], popularity: Float[np.ndarray, "I"]) -> float:
    """Mean of ``popularity`` over the items shown: high when the popular are favored."""
    shown = item[item >= 0]
    return float(popularity[shown].mean()) if len(shown) else 0.0
