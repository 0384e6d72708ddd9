"""What models of random walks train on, as the command line offers it."""

from functools import lru_cache
from typing import Any

from jaxrec.models.node2vec import skip_gram
from jaxrec.train import l2_tables


def walked(l2: float = 0.0, n_negatives: float = 5.0) -> dict[str, Any]:
    """Skip-gram over the windows of walks.

    Args:
      l2: weight of half the squared norm of all tables, whatever the batch.
      n_negatives: weight of the negatives of every pair of nodes, as of so many.
    """
    return {"l2": (l2, l2_tables), "skip_gram": (1.0, _skip_gram(n_negatives))}


_skip_gram = lru_cache(maxsize=4)(skip_gram)  # Equal terms share what is compiled of them.
