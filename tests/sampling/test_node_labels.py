"""Batches of labeled nodes: each node once, classes as candidates, padding masked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import LabeledTable, node_batch, shuffled_nodes

NODE, LABEL = np.int32([9, 2, 5, 7, 4]), np.int32([0, 2, 1, 1, 0])
TABLE = LabeledTable(*map(jnp.asarray, (NODE, LABEL, np.arange(3))))


def test_an_epoch_has_every_node_once_with_its_class(key):
    place, real = shuffled_nodes(key, TABLE, 2)
    assert place.shape == (3, 2) and real.sum() == len(NODE)
    seen = {}
    for dealt in zip(place, real, strict=True):
        batch = node_batch(dealt, TABLE)
        np.testing.assert_array_equal(batch.item, [0, 1, 2])
        for node, label, mask in zip(batch.query, batch.label, batch.mask, strict=True):
            if mask.all():
                assert label.sum() == 1 and int(node) not in seen
                seen[int(node)] = int(jnp.argmax(label))
            else:
                assert not mask.any()
    assert seen == dict(zip(NODE.tolist(), LABEL.tolist(), strict=True))


def test_the_key_decides_the_order_and_sizes_below_one_are_refused(key):
    first, other = (shuffled_nodes(k, TABLE, 5)[0] for k in jax.random.split(key))
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, shuffled_nodes(jax.random.split(key)[0], TABLE, 5)[0])
    with pytest.raises(InputError):
        shuffled_nodes(key, TABLE, 0)
