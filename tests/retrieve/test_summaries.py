import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.retrieve import decayed_average, k_means, last_item

VECTORS = np.random.default_rng(0).standard_normal((9, 3))


def test_the_last_item_is_the_last_row():
    np.testing.assert_array_equal(last_item(VECTORS), VECTORS[8:])


def test_averages_weigh_by_decayed_age():
    age = np.linspace(80, 0, 9)
    weight = np.exp(-0.05 * age)
    expected = (weight[:, None] * VECTORS).sum(0) / weight.sum()
    np.testing.assert_allclose(decayed_average(VECTORS, age, 0.05)[0], expected, rtol=1e-12)
    np.testing.assert_allclose(decayed_average(VECTORS, age, 0.0)[0], VECTORS.mean(0), rtol=1e-12)


def test_an_average_of_the_long_ago_is_finite():
    age = np.array([1e7, 1e6])
    np.testing.assert_array_equal(decayed_average(VECTORS[:2], age, 1.0), VECTORS[1:2])


def test_k_means_finds_groups_that_lie_apart():
    group = np.random.default_rng(1).integers(0, 3, 60)
    vectors = 100.0 * np.eye(3)[group] + np.random.default_rng(2).standard_normal((60, 3))
    # Lloyd's algorithm may start with two of its centers in one group; one of many does not.
    labels = [k_means(vectors, 3, np.random.default_rng(seed)) for seed in range(20)]
    same = group[:, None] == group
    assert any(np.array_equal(label[:, None] == label, same) for label in labels)


def test_every_action_is_nearest_to_its_own_mean():
    label = k_means(VECTORS, 3, np.random.default_rng(0))
    mean = np.stack([VECTORS[label == n].mean(0) for n in range(label.max() + 1)])
    far = ((VECTORS[:, None] - mean) ** 2).sum(2)
    assert label.tolist() == far.argmin(1).tolist()


@pytest.mark.parametrize("m", [1, 2, 7])
def test_repeats_are_one_cluster(m):
    assert k_means(np.ones((m, 2)), 3, np.random.default_rng(0)).tolist() == [0] * m


def test_no_cluster_is_empty():
    rng = np.random.default_rng(0)
    for n_clusters in range(1, 15):
        label = k_means(VECTORS, n_clusters, rng)
        assert set(label.tolist()) == set(range(label.max() + 1))
        assert label.max() < n_clusters


def test_no_clusters_are_refused():
    with pytest.raises(InputError, match="n_clusters is 0; give 1 or more"):
        k_means(VECTORS, 0, np.random.default_rng(0))


def test_what_cannot_be_clustered_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="there are no vectors to cluster; give 1 or more"):
        k_means(VECTORS[:0], 2, rng)
    broken = VECTORS.copy()
    broken[[1, 3], 0] = np.nan, np.inf
    with pytest.raises(InputError, match="2 of .* vectors are not finite; cluster finite ones"):
        k_means(broken, 2, rng)
