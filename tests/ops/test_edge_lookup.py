"""Edges found by their ends."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.graph import between
from jaxrec.nn import softmax_sum
from jaxrec.ops import edge_positions, without_edges

N_SENDERS, N_RECEIVERS = 13, 9


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    receiver, sender = np.nonzero(rng.random((N_RECEIVERS, N_SENDERS)) < 0.3)
    return between(sender.astype(np.int32), receiver.astype(np.int32), N_SENDERS, N_RECEIVERS)


def test_every_pair_is_found_where_it_stands_or_behind_all():
    graph = drawn()
    receiver, sender = (jnp.array(rows.ravel()) for rows in np.indices((N_RECEIVERS, N_SENDERS)))
    edges = list(zip(graph.receivers.tolist(), graph.senders.tolist(), strict=True))
    place = {edge: position for position, edge in enumerate(edges)}
    expected = [
        place.get((int(r), int(s)), len(edges)) for r, s in zip(receiver, sender, strict=True)
    ]
    assert jax.jit(edge_positions)(graph, sender, receiver).tolist() == expected


def test_a_graph_without_edges_has_none():
    graph = between(*np.zeros((2, 0), np.int32), 3, 3)
    assert edge_positions(graph, jnp.array([1, 2]), jnp.array([0, 0])).tolist() == [0, 0]


def test_edges_that_are_left_out_count_in_no_softmax_and_send_no_gradient():
    graph = drawn()
    hidden = np.array([0, 3, 4])
    ends = jnp.asarray(graph.senders[hidden]), jnp.asarray(graph.receivers[hidden])
    fewer = without_edges(graph, *ends)
    rng = np.random.default_rng(1)
    logit = jnp.asarray(rng.normal(size=len(graph.senders)).astype("f4")).at[3].set(300.0)
    message = jnp.asarray(rng.normal(size=(len(graph.senders), 2)).astype("f4"))
    found, back = jax.vjp(lambda x, m: softmax_sum(x, m, fewer, N_RECEIVERS), logit, message)
    kept = np.setdiff1d(np.arange(len(graph.senders)), hidden)
    rest = between(graph.senders[kept], graph.receivers[kept], N_SENDERS, N_RECEIVERS)
    expected = softmax_sum(logit[kept], message[kept], rest, N_RECEIVERS)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    for slope in back(jnp.ones_like(found)):
        assert np.isfinite(slope).all()
        assert not slope[hidden].any()
