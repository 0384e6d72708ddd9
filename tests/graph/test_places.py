import numpy as np
import pytest

from jaxrec.graph import sample_positions

RNG = np.random.default_rng


@pytest.mark.parametrize("pad", [False, True])
def test_long_lists_give_distinct_places_of_their_own(pad):
    count = np.array([4, 5, 100, 4])
    drawn, real = sample_positions(count, 4, RNG(0), pad)
    assert real.all() and (drawn < count[:, None]).all() and (drawn >= 0).all()
    assert all(len(set(row)) == 4 for row in drawn.tolist())


def test_every_subset_is_as_likely_as_any():
    n, size, width = 20_000, 5, 2
    drawn, _ = sample_positions(np.full(n, size), width, RNG(1))
    low, high = np.sort(drawn, axis=1).T
    found = np.bincount(low * size + high, minlength=size**2)
    p = 1 / 10  # Pairs of five.
    deviation = np.sqrt(n * p * (1 - p))
    for a in range(size):
        for b in range(a + 1, size):
            assert abs(found[a * size + b] - n * p) < 5 * deviation


def test_short_lists_repeat_their_places_uniformly():
    n = 10_000
    drawn, real = sample_positions(np.full(n, 2), 3, RNG(2))
    assert real.all() and set(np.unique(drawn)) == {0, 1}
    assert abs(drawn.sum() - 3 * n / 2) < 5 * np.sqrt(3 * n / 4)


def test_padded_short_lists_give_each_place_once():
    drawn, real = sample_positions(np.array([2, 0]), 3, RNG(3), pad=True)
    assert drawn.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert real.tolist() == [[True, True, False], [False] * 3]
    assert not sample_positions(np.array([0]), 3, RNG(3))[1].any()
