"""Hops on the host against those on the device."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling import hops, host_hops
from jaxrec.sampling.hops import by_table

N, T = 60, 3
RNG = np.random.default_rng(8)
FEATURE = RNG.standard_normal((N, 2)).astype(np.float32)


def table(seed):
    rng = np.random.default_rng(seed)
    weight = rng.random((N, T)) * (np.arange(T) < rng.integers(0, T + 1, N)[:, None])
    weight = (weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return ImportanceNeighbors(
        np.where(weight > 0, rng.integers(N, size=(N, T)), 0).astype(np.int32), weight
    )


TABLES = [table(0), table(1)]


@pytest.mark.parametrize("seed", [[7, 3, 7, 31], [5], list(range(N))], ids=["few", "one", "all"])
def test_they_are_those_of_the_device(key, seed):
    seed = np.array(seed, np.int32)
    expected = hops(key, FEATURE, [by_table(table) for table in TABLES], jnp.asarray(seed))
    found = host_hops(FEATURE, TABLES, seed)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_edges_between_queries_and_targets_are_left_out_alike(key):
    weight = sum((table.weight > 0).sum(axis=1) for table in TABLES)
    query = np.argsort(-weight)[:6].astype(np.int32)  # Items with neighbors to lose.
    target = np.r_[TABLES[0].sender[query[:3], 0], TABLES[1].sender[query[3:], 0]]
    seed, ends = np.r_[query, target], (jnp.asarray(query), jnp.asarray(target))
    near = [by_table(table) for table in TABLES]
    expected = hops(key, FEATURE, near, jnp.asarray(seed), ends)
    found = host_hops(FEATURE, TABLES, seed, (query, target))
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6)
    jax.tree.map(close, found, expected)
    kept = host_hops(FEATURE, TABLES, seed)
    assert any((a.weight != b.weight).any() for a, b in zip(found.hop, kept.hop, strict=True))


def test_rows_that_are_not_there_are_refused():
    with pytest.raises(InputError, match=f"item -1 is a seed; give rows 0 to {N - 1}"):
        host_hops(FEATURE, TABLES, np.array([3, -1]))
    far = TABLES[0]._replace(sender=np.full_like(TABLES[0].sender, N))
    with pytest.raises(InputError, match=f"item {N} is a neighbor; give rows 0 to {N - 1}"):
        host_hops(FEATURE, [far], np.arange(N))
