"""Mixtures against loops over users, and where one vector cannot do."""

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse

from jaxrec.base import Embeddings, InputError
from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.ops import dot
from jaxrec.rank import top_lists
from jaxrec.retrieve import (
    Mixtures,
    budgets,
    interleave,
    k_means,
    largest,
    own_means,
    retrieve,
    shares,
    smoothed,
)

RNG = np.random.default_rng(0)
N_USERS, N_ITEMS, N_CLUSTERS, DIM = 12, 60, 5, 6
ITEM = RNG.standard_normal((N_ITEMS, DIM)).astype(np.float32)
CLUSTER = RNG.permutation(np.arange(N_ITEMS) % N_CLUSTERS)
TAKEN = [np.sort(RNG.choice(N_ITEMS, size, replace=False)) for size in RNG.integers(1, 9, N_USERS)]


def lists_of(taken, n_items=N_ITEMS):
    user = np.repeat(np.arange(len(taken), dtype=np.int32), [len(each) for each in taken])
    item = np.concatenate(taken).astype(np.int32)
    return user_items(Interactions(user, item, len(taken), n_items))


def both(query, item):
    return Embeddings(jnp.asarray(query), jnp.asarray(item))


LIKES = lists_of(TAKEN)
SHARES = shares(LIKES, CLUSTER)


def slow_shares():
    found = np.zeros((N_USERS, N_CLUSTERS))
    for user, items in enumerate(TAKEN):
        for item in items:
            found[user, CLUSTER[item]] += 1 / len(items)
    return found


def test_shares_are_those_of_what_was_taken():
    np.testing.assert_allclose(SHARES.toarray(), slow_shares(), rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, N_CLUSTERS])
def test_the_largest_clusters_weigh_by_count_over_their_sum(n):
    found = largest(SHARES, n)
    for user, own in enumerate(slow_shares()):
        order = [c for c in np.argsort(-own, kind="stable") if own[c] > 0][:n]
        mine = found.user == user
        assert found.cluster[mine].tolist() == order
        np.testing.assert_allclose(found.weight[mine], own[order] / own[order].sum())


def test_smoothing_is_the_mean_over_near_users():
    users = np.array([7, 2, 5])
    near = RNG.integers(0, N_USERS, (3, 4))
    own = slow_shares()
    expected = 0.7 * own[users] + 0.3 * np.mean([own[near[:, n]] for n in range(4)], axis=0)
    np.testing.assert_allclose(smoothed(SHARES, users, near, 0.7).toarray(), expected)
    np.testing.assert_allclose(smoothed(SHARES, users, near, 1.0).toarray(), own[users])


@pytest.mark.parametrize("k", [1, 7, 20, 50])
def test_budgets_sum_to_the_list_and_follow_the_weights(k):
    mixtures = largest(SHARES, 3)
    found = budgets(mixtures, k)
    np.testing.assert_array_equal(np.bincount(mixtures.user, found), k)
    # A rounded quota of Webster's is less than one off with up to three to share.
    assert np.abs(found - k * mixtures.weight).max() < 1


def test_budgets_are_those_of_sainte_lague():
    weight = np.array([5, 3, 1])
    seats = [0, 0, 0]
    for _ in range(13):
        quotient = [Fraction(int(w), 2 * s + 1) for w, s in zip(weight, seats, strict=True)]
        seats[quotient.index(max(quotient))] += 1
    mixtures = Mixtures(np.zeros(3, int), np.arange(3), weight / 9)
    assert budgets(mixtures, 13).tolist() == seats


def test_lists_of_any_length_begin_alike():
    item = np.stack([RNG.permutation(N_ITEMS) for _ in range(4)])
    user, weight = np.array([0, 0, 0, 1]), np.array([0.5, 0.3, 0.2, 1.0])
    long = interleave(item, user, 40, weight).item
    for k in (1, 5, 17):
        np.testing.assert_array_equal(interleave(item, user, k, weight).item, long[:, :k])


def test_a_list_has_of_each_cluster_its_budgets_best():
    mixtures = largest(SHARES, 3)
    query = RNG.standard_normal((len(mixtures.user), DIM)).astype(np.float32)
    found = retrieve(ITEM, query, mixtures, 9, cluster=CLUSTER, seen=LIKES).item
    budget = budgets(mixtures, 9)
    score = query @ ITEM.T
    for user, items in enumerate(TAKEN):
        expected = set()
        for n in np.flatnonzero(mixtures.user == user):
            order = np.argsort(-score[n])
            inside = [i for i in order if CLUSTER[i] == mixtures.cluster[n] and i not in items]
            assert len(inside) >= budget[n] or not expected
            expected |= set(inside[: budget[n]])
        if len(expected) == 9:
            assert set(found[user].tolist()) == expected


def test_a_single_cluster_is_the_list_of_one_vector():
    query = RNG.standard_normal((N_USERS, DIM)).astype(np.float32)
    one = largest(shares(LIKES, np.zeros(N_ITEMS, int)), 1)
    found = retrieve(ITEM, query, one, 10, seen=LIKES)
    exact = top_lists(dot, both(query, ITEM), np.arange(N_USERS), N_ITEMS, 10, seen=LIKES)
    np.testing.assert_array_equal(found.item, exact.item)


def test_own_means_are_of_what_the_user_took_of_the_cluster():
    near = np.tile(np.arange(N_USERS), (N_USERS, 1))
    mixtures = largest(
        smoothed(SHARES, np.arange(N_USERS), near, 0.5), N_CLUSTERS
    )  # Of clusters not taken, too.
    found = own_means(mixtures, LIKES, CLUSTER, ITEM)
    for n, (user, cluster) in enumerate(zip(*mixtures[:2], strict=True)):
        mine = [i for i in TAKEN[user] if CLUSTER[i] == cluster]
        rows = mine or np.flatnonzero(CLUSTER == cluster)
        np.testing.assert_allclose(found[n], ITEM[rows].mean(axis=0), rtol=1e-4, atol=1e-6)


def test_mixtures_find_both_tastes_where_one_vector_finds_what_lies_between():
    """Six tastes on a circle; everyone has two that are two apart, so a third lies between."""
    rng, size = np.random.default_rng(1), 40
    taste = np.repeat(np.arange(6), size)
    angle = taste * np.pi / 3
    item = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    item = (item + 0.05 * rng.standard_normal(item.shape)).astype(np.float32)
    taken, wanted = [], []
    for user in range(30):
        own = [user % 6, (user + 2) % 6]
        order = rng.permutation(np.flatnonzero(np.isin(taste, own)))
        taken.append(np.sort(order[:20]))
        wanted.append(order[20:])
    likes = lists_of(taken, len(item))
    mean = np.stack([item[each].mean(axis=0) for each in taken])
    single = top_lists(dot, both(mean, item), np.arange(30), len(item), 20, seen=likes).item
    cluster = k_means(item, 6, rng)
    mixtures = largest(shares(likes, cluster), 2)
    query = own_means(mixtures, likes, cluster, item)
    mixed = retrieve(item, query, mixtures, 20, seen=likes).item
    recall = lambda found: np.mean(
        [np.isin(row, own).mean() for row, own in zip(found, wanted, strict=True)]
    )
    assert recall(single) < 0.25 and recall(mixed) > 0.9


def test_what_does_not_fit_is_refused():
    mixtures = largest(SHARES, 2)
    with pytest.raises(InputError, match="n is 0; give 1 or more clusters"):
        largest(SHARES, 0)
    nobody = scipy.sparse.csr_array(np.array([[1.0, 0], [0, 0]]))
    with pytest.raises(InputError, match="1 users took nothing, such as row 1"):
        largest(nobody, 1)
    with pytest.raises(InputError, match="item rows reach .* but cluster has 3 entries"):
        shares(LIKES, CLUSTER[:3])
    near = np.zeros((N_USERS, 2), int)
    with pytest.raises(InputError, match="own is 1.5; give the weight"):
        smoothed(SHARES, np.arange(N_USERS), near, 1.5)
    with pytest.raises(InputError, match="near has 3 lists of 2 for 12 of 12 users"):
        smoothed(SHARES, np.arange(N_USERS), near[:3], 0.5)
    with pytest.raises(InputError, match="near has 12 lists of 0 .*, 1 or more"):
        smoothed(SHARES, np.arange(N_USERS), near[:, :0], 0.5)
    with pytest.raises(InputError, match="there are 2 queries for"):
        retrieve(ITEM, ITEM[:2], mixtures, 3)
    with pytest.raises(InputError, match="k is 61 but the catalogue has 60"):
        retrieve(ITEM, ITEM[: len(mixtures.user)], mixtures, 61)
