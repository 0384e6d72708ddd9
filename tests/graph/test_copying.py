"""Node copying: whom it pairs, how often it copies, and how long it takes."""

import time

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions, contiguous, power_law, read_adjacency
from jaxrec.graph import bipartite, copying, node_copy
from jaxrec.graph.copying import copied, partners

HAS = [{0, 1, 2}, {0, 1}, {2, 3, 4, 5, 6, 7}, {0}, {8}, set(), {1, 2, 3}]
"""Items of each user; the fifth shares none and the sixth has none."""
N_COPIES = 4_000
Z = 5.0
"""Standard deviations allowed; a correct sampler leaves them once in 1.7 million frequencies."""
SECONDS = 10.0
"""For both sides of Gowalla."""


def interactions(has=HAS, n_items=9, n_times=1):
    """These users ``n_times`` over, each time with items of their own."""
    pairs = [
        (len(has) * time + u, n_items * time + i)
        for time in range(n_times)
        for u, items in enumerate(has)
        for i in sorted(items)
    ]
    user, item = np.array(pairs, np.int32).T
    return Interactions(user, item, len(has) * n_times, n_items * n_times)


def jaccard(user):
    """The law of the partner of ``user``, by definition."""
    law = np.zeros(len(HAS))
    for other, items in enumerate(HAS):
        if other != user and items & HAS[user]:
            law[other] = len(items & HAS[user]) / len(items | HAS[user])
    return law / law.sum() if law.any() else np.eye(len(HAS))[user]


def test_partners_are_drawn_by_jaccard_similarity():
    drawn = partners(interactions(n_times=N_COPIES), np.random.default_rng(0))
    drawn = drawn.reshape(N_COPIES, len(HAS))
    assert (drawn // len(HAS) == np.arange(N_COPIES)[:, None]).all()
    for user in range(len(HAS)):
        law = jaccard(user)
        counts = np.bincount(drawn[:, user] % len(HAS), minlength=len(HAS))
        deviation = np.sqrt(N_COPIES * law * (1 - law))
        assert (np.abs(counts - N_COPIES * law) <= Z * deviation).all(), (user, counts, law)


def test_only_users_who_share_nothing_are_their_own_partner():
    drawn = partners(interactions(), np.random.default_rng(0))
    assert np.flatnonzero(drawn == np.arange(len(HAS))).tolist() == [4, 5]


@pytest.mark.parametrize("eps", [0.1, 0.7])
def test_a_list_is_copied_with_probability_eps(eps):
    n = 20_000
    own = Interactions(*np.tile(np.arange(n, dtype=np.int32), (2, 1)), n, n)
    partner = np.roll(np.arange(n), 1)
    item = copied(own, partner, eps, np.random.default_rng(0)).item
    was_copied = item == partner
    assert (was_copied | (item == np.arange(n))).all()
    assert abs(was_copied.sum() - n * eps) <= Z * np.sqrt(n * eps * (1 - eps))


def test_every_list_is_ones_own_or_the_partners_and_weighs_one_in_all():
    observed = interactions(n_times=50)
    copy = node_copy(observed, eps=0.5, seed=1)
    graph, before = copy.graph, bipartite(observed)
    n_nodes = observed.n_users + observed.n_items
    partner = np.concatenate([copy.user_partner, observed.n_users + copy.item_partner])
    lists = lambda graph, node: graph.senders[graph.receivers == node].tolist()
    n_taken = 0
    for node in range(n_nodes):
        now, own, other = lists(graph, node), lists(before, node), lists(before, partner[node])
        assert now in (own, other)
        n_taken += now != own
        weights = graph.edges[graph.receivers == node]
        np.testing.assert_allclose(weights, [1 / max(len(now), 1)] * len(now), rtol=1e-6)
    assert 0 < n_taken < n_nodes
    assert (np.diff(graph.receivers) >= 0).all()
    assert graph.n_edge.tolist() == [len(graph.senders)]


def test_without_copies_the_graph_is_the_observed_one():
    observed = interactions()
    graph, expected = node_copy(observed, eps=0.0, seed=0).graph, bipartite(observed, r=1.0)
    for name in ("senders", "receivers", "edges", "n_node", "n_edge"):
        np.testing.assert_array_equal(getattr(graph, name), getattr(expected, name))


def test_the_same_seed_gives_the_same_copy_and_another_another():
    observed = interactions(n_times=20)
    first, again, other = (node_copy(observed, 0.5, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.graph.senders, again.graph.senders)
    np.testing.assert_array_equal(first.user_partner, again.user_partner)
    assert (first.user_partner != other.user_partner).any()


def test_degrees_stay_near_those_observed():
    observed = power_law(n_users=2_000, n_items=3_000, n_edges=40_000)
    graph = node_copy(observed, eps=0.2, seed=0).graph
    before = np.bincount(bipartite(observed).receivers, minlength=5_000)
    after = np.bincount(graph.receivers, minlength=5_000)
    assert 0.7 < np.mean(after == before) < 1  # About 0.8 keep their list; some copies are as long.
    assert 0.9 < after.sum() / before.sum() < 1.1
    assert ((after > 0) == (before > 0)).all()  # A partner shares an entry, so has one.


def test_a_probability_out_of_range_is_refused():
    with pytest.raises(InputError, match="eps, the probability of a copy, is 1.5; give 0 to 1"):
        node_copy(interactions(), eps=1.5, seed=0)


def test_bad_eps_is_refused_before_partners_are_drawn(monkeypatch):
    monkeypatch.setattr(copying, "partners", lambda *told: pytest.fail("drawn"))
    with pytest.raises(InputError, match="eps"):
        node_copy(interactions(), eps=-0.1, seed=0)


def test_gowalla_is_copied_in_time(data_dir):
    frame = read_adjacency(data_dir / "gowalla" / "train.txt")
    user, _ = contiguous(frame["user"])
    item, _ = contiguous(frame["item"])
    observed = Interactions(user, item, int(user.max()) + 1, int(item.max()) + 1)
    start = time.process_time()
    copy = node_copy(observed, eps=0.1, seed=0)
    assert time.process_time() - start < SECONDS
    assert (copy.user_partner != np.arange(observed.n_users)).all()
