import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import block_model, checkerboard, power_law


def test_checkerboard_withholds_only_the_diagonal():
    board = checkerboard(6)
    seen = np.zeros((6, 6), int)
    seen[board.train.user, board.train.item] = 1
    u, i = np.indices((6, 6))
    np.testing.assert_array_equal(seen, ((u - i) % 2 == 0) & (u != i))
    assert board.test.user.tolist() == board.test.item.tolist() == list(range(6))
    assert len(board.valid) == 0


def test_blocks_have_their_densities():
    met = block_model(300, 400, 4, p_in=0.3, p_out=0.02)
    same = met.user % 4 == met.item % 4
    for count, pairs, chance in [
        (same.sum(), 300 * 400 // 4, 0.3),
        ((~same).sum(), 300 * 400 * 3 // 4, 0.02),
    ]:
        deviation = np.sqrt(pairs * chance * (1 - chance))
        assert abs(count - pairs * chance) < 5 * deviation
    assert len(met.unique_pairs()) == len(met)


def test_power_law_gives_distinct_pairs_in_order():
    met = power_law(2_000, 3_000, 50_000)
    assert 0.99 * 50_000 <= len(met) <= 50_000
    assert (np.diff(met.pairs()) > 0).all()


def test_power_law_popularity_has_its_slope():
    met = power_law(100_000, 2_000, 400_000, exponent=0.6)
    count = np.sort(np.bincount(met.item, minlength=2_000))[::-1]
    rank = np.arange(1, 2_001)
    slope = np.polyfit(np.log(rank[5:500]), np.log(count[5:500]), 1)[0]
    assert abs(slope + 0.6) < 0.05  # Loose: counts of a sample, in sorted order.


def test_one_seed_is_one_graph():
    first, second, third = (power_law(90, 90, 900, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.pairs(), second.pairs())
    assert not np.array_equal(first.pairs(), third.pairs())


def test_more_edges_than_pairs_are_refused():
    with pytest.raises(InputError, match="n_edges=101 of 100 pairs is too dense"):
        power_law(10, 10, 101)
