"""Buckets hold every fact once, by rows that lead back to its entities."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.sampling import bucket, split_facts

E, R = 11, 2
RNG = np.random.default_rng(0)
COLUMNS = [RNG.integers(0, size, 60).astype(np.int32) for size in (E, R, E)]
FACTS = Triples(*COLUMNS, E, R)
KIND = (np.arange(E) % 2).astype(np.int32)


def facts_of(part):
    n = int(part.bucket.n)
    ends = part.rows[part.bucket.head[:n]], part.rows[part.bucket.tail[:n]]
    return list(zip(ends[0], part.bucket.relation[:n], ends[1], strict=True))


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize("n", [1, 2, 4, E])
def test_every_fact_is_in_one_bucket(n, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    parts = split_facts(FACTS, n, KIND, rng)
    found = [fact for part in parts for fact in facts_of(part)]
    assert sorted(found) == sorted(zip(*COLUMNS, strict=True))
    for part in parts:
        real = part.rows >= 0
        np.testing.assert_array_equal(part.bucket.kind[real], KIND[part.rows[real]])


def test_random_deals_differ_and_their_shapes_hardly():
    rng = np.random.default_rng(0)
    facts = Triples(
        *(rng.integers(0, size, 4000).astype(np.int32) for size in (400, R, 400)), 400, R
    )
    deals = [split_facts(facts, 4, rng=rng) for _ in range(8)]
    assert len({tuple(deal[0].rows) for deal in deals}) == 8
    assert len({len(part.bucket.head) for deal in deals for part in deal}) <= 3


@pytest.mark.parametrize("n", [2, 4, E])
def test_a_bucket_is_of_two_partitions_and_so_are_candidates(n):
    for part in split_facts(FACTS, n, KIND):
        ends = np.array([(h, t) for h, _, t in facts_of(part)]) % n
        assert (ends == ends[0]).all()
        both = np.flatnonzero(np.isin(np.arange(E) % n, ends[0]))
        for kind, (first, size) in enumerate(part.bucket.types):
            entities = part.rows[part.bucket.member[first : first + size]]
            assert sorted(entities) == both[KIND[both] == kind].tolist()
        real = part.rows >= 0
        np.testing.assert_array_equal(part.bucket.kind[real], KIND[part.rows[real]])
        assert (part.bucket.kind[~real] == -1).all()


def test_one_partition_is_all_facts_as_they_are():
    (part,) = split_facts(FACTS, 1, KIND)
    np.testing.assert_array_equal(part.rows, np.arange(E))
    for found, expected in zip(part.bucket[:-1], bucket(FACTS, KIND)[:-1], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert part.bucket.log_q is None


@pytest.mark.parametrize("n", [2, 4, 5])
def test_a_bucket_holds_two_shares_of_the_table(n):
    sizes = {len(part.rows) for part in split_facts(FACTS, n)}
    assert sizes <= {-(-E // n), 2 * -(-E // n)}


@pytest.mark.parametrize("n", [0, E + 1])
def test_more_partitions_than_entities_are_refused(n):
    with pytest.raises(InputError, match=f"n_partitions is {n} for 11 entities; give 1 to 11"):
        split_facts(FACTS, n)
