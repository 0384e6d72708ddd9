import jax
import numpy as np

from jaxrec.data import Labelled
from jaxrec.sampling import labelled_rows

ROWS = Labelled(np.int32([0, 0, 1, 2]), np.int32([3, 4, 3, 5]), np.float32([1, 0, 0, 1]))


def test_rows_are_uniform_and_keep_their_labels(key):
    n = 8000
    batch = jax.jit(labelled_rows, static_argnums=2)(key, ROWS, n)
    drawn = list(zip(batch.query, batch.item[:, 0], batch.label[:, 0], strict=True))
    rows = [(int(u), int(i), float(y)) for u, i, y in drawn]
    known = [(int(u), int(i), float(y)) for u, i, y in zip(*ROWS, strict=True)]
    assert set(rows) == set(known) and batch.mask.all()
    for row in known:
        assert abs(rows.count(row) - n / 4) < 5 * np.sqrt(n * 3 / 16)
