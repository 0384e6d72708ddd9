from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Ratings
from jaxrec.sampling import shuffled_rows


def rows(n: int) -> Ratings:
    number = np.arange(n, dtype=np.int32)
    return Ratings(number // 2, number, (number % 3 == 0).astype(np.float32))


@pytest.mark.parametrize(("n", "batch_size"), [(12, 4), (13, 4), (3, 8)])
def test_every_row_comes_once_with_its_label(n, batch_size, key):
    batch = jax.jit(partial(shuffled_rows, batch_size=batch_size))(key, rows(n))
    assert batch.query.shape == (-(-n // batch_size), batch_size)
    assert batch.item.shape == batch.label.shape == batch.mask.shape == (*batch.query.shape, 1)
    kept = np.asarray(batch.mask[..., 0])
    assert kept.ravel().tolist() == [True] * n + [False] * (kept.size - n)
    item = np.asarray(batch.item[..., 0])[kept]
    assert sorted(item.tolist()) == list(range(n))
    np.testing.assert_array_equal(np.asarray(batch.query)[kept], item // 2)
    np.testing.assert_array_equal(np.asarray(batch.label[..., 0])[kept], item % 3 == 0)


def test_the_order_is_uniform(key):
    n, n_drawn = 5, 6000
    deal = jax.jit(jax.vmap(lambda key: shuffled_rows(key, rows(n), 2).item[:, :, 0].ravel()[:n]))
    item = np.asarray(deal(jax.random.split(key, n_drawn)))
    for place in range(n):
        count = np.bincount(item[:, place], minlength=n)
        assert np.all(np.abs(count - n_drawn / n) < 5 * np.sqrt(n_drawn * (1 / n) * (1 - 1 / n)))
    after = np.mean(item[:, 1] == (item[:, 0] + 1) % n)  # Neighbors are no neighbors after it.
    assert abs(after - 1 / (n - 1)) < 5 * np.sqrt(0.25 * 0.75 / n_drawn)
    assert jnp.all(shuffled_rows(key, rows(n), 2).item == shuffled_rows(key, rows(n), 2).item)


def test_an_epoch_may_be_shorter_or_go_on_from_the_first_row(key):
    order = shuffled_rows(key, rows(5), 2).item.ravel()[:5]
    few, many = (shuffled_rows(key, rows(5), 2, n_batches) for n_batches in (2, 4))
    np.testing.assert_array_equal(few.item.ravel(), order[:4])
    np.testing.assert_array_equal(many.item.ravel(), np.resize(order, 8))
    assert few.mask.all() and many.mask.all()


def test_batches_of_no_rows_are_refused(key):
    with pytest.raises(InputError, match="batch_size is 0; give 1 or more"):
        shuffled_rows(key, rows(3), 0)
