"""Distance-weighted draws: the density by simulation, the draws by its inverse."""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.sampling import distance_weighted
from jaxrec.sampling.distance import log_density
from tests.sampling.small import N_DRAWS, assert_frequency

DISTANCE = np.array([0.1, 0.5, 0.7, 1.0, 1.3, 1.42, 1.9], np.float32)
DIM = 5


def weights(distance, dim, cutoff=0.5):
    """``min(q(cutoff)^-1, q(d)^-1)`` in float64."""
    q = lambda d: d ** (dim - 2) * (1 - d**2 / 4) ** ((dim - 3) / 2)
    return np.minimum(1 / q(cutoff), 1 / q(np.asarray(distance, np.float64)))


def draw(key, n, dim=DIM, where=None, n_draws=N_DRAWS, distance=DISTANCE, cutoff=0.5):
    rows = lambda row: None if row is None else jnp.tile(jnp.asarray(row), (n_draws, 1))
    compiled = jax.jit(partial(distance_weighted, dim=dim, n=n, cutoff=cutoff))
    return jax.tree.map(np.asarray, compiled(key, rows(distance), where=rows(where)))


@pytest.mark.parametrize("dim", [2, 3, 4, 16])
def test_random_points_on_the_sphere_lie_by_the_density(dim):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(N_DRAWS, dim)) for _ in range(2))
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    distance = np.linalg.norm(unit(a) - unit(b), axis=1)
    middle = (np.arange(200_000) + 0.5) * 1e-5  # Midpoints of a grid on [0, 2].
    density = np.exp(np.asarray(log_density(jnp.asarray(middle, jnp.float32), dim), np.float64))
    density /= density.sum()
    for low, high in ((0, 0.5), (0.5, 1), (1, 1.4), (1.4, 2)):
        probability = density[(low <= middle) & (middle < high)].sum()
        count = np.sum((low <= distance) & (distance < high))
        assert_frequency(count, N_DRAWS, probability)


def test_the_first_is_drawn_by_the_inverse_density_up_to_its_limit(key):
    column, valid = draw(key, 1)
    assert column.shape == valid.shape == (N_DRAWS, 1) and valid.all()
    probability = weights(DISTANCE, DIM) / weights(DISTANCE, DIM).sum()
    assert probability[0] == probability[1]  # Nearer than the cutoff is as the cutoff.
    for candidate, chance in enumerate(probability):
        assert_frequency(np.sum(column == candidate), N_DRAWS, chance)


def test_the_second_is_drawn_so_among_those_that_are_left(key):
    column, _ = draw(key, 2)
    p = weights(DISTANCE, DIM) / weights(DISTANCE, DIM).sum()
    for first in range(len(p)):
        for second in set(range(len(p))) - {first}:
            chance = p[first] * p[second] / (1 - p[first])
            count = np.sum((column[:, 0] == first) & (column[:, 1] == second))
            assert_frequency(count, N_DRAWS, chance)


def test_draws_of_a_row_differ_and_all_candidates_are_some_order(key):
    column, valid = draw(key, len(DISTANCE), n_draws=50)
    np.testing.assert_array_equal(np.sort(column, axis=1), np.tile(np.arange(7), (50, 1)))
    assert valid.all()


def test_excluded_candidates_are_not_drawn_and_what_is_missing_is_masked(key):
    column, valid = draw(key, 4, where=np.arange(7) % 2 == 1, n_draws=50)
    np.testing.assert_array_equal(np.sort(column[:, :3], axis=1), np.tile([1, 3, 5], (50, 1)))
    np.testing.assert_array_equal(valid, np.tile([True, True, True, False], (50, 1)))
    _, nothing = draw(key, 4, where=np.zeros(7, bool), n_draws=3)
    assert not nothing.any()


def test_thousands_of_dimensions_do_not_underflow(key):
    near = np.array([1.39, 1.40, 1.41], np.float32)
    column, valid = draw(key, 1, dim=1000, distance=near)
    log = -998 * np.log(near.astype(float)) - 498.5 * np.log(1 - near.astype(float) ** 2 / 4)
    p = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    assert valid.all()
    for candidate, chance in enumerate(p):
        assert_frequency(np.sum(column == candidate), N_DRAWS, chance)


def test_distances_at_the_ends_are_drawn_without_nan(key):
    ends = np.array([0.0, 2.0, 2.0001], np.float32)
    for dim in (2, 3, 64):
        column, valid = draw(key, 3, dim=dim, distance=ends, n_draws=20)
        assert valid.all() and (np.sort(column, axis=1) == np.arange(3)).all()


def test_one_program_serves_all_keys(key):
    compiled = jax.jit(
        chex.assert_max_traces(lambda k, d: distance_weighted(k, d, dim=8, n=2), n=1)
    )
    distance = jnp.asarray(DISTANCE)[None]
    first, again = compiled(key, distance), compiled(key, distance)
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert compiled(jax.random.key(1), distance + 0.01)[0].shape == (1, 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"dim": 1}, "dim is 1"), ({"n": 8}, "8 of 7"), ({"n": 0}, "0 of 7")]
    + [({"cutoff": c}, "cutoff is") for c in (0.0, 1.5, np.nan)],
)
def test_what_has_no_law_is_refused(key, changed, said):
    with pytest.raises(InputError, match=said):
        draw(key, **{"n": 1, "n_draws": 1, **changed})
