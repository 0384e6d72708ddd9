"""A round of all clients is a step on all ratings; what each rule of the server makes of it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec.federated import (
    client_loss,
    decay_rows,
    ego_graphs,
    federation,
    mean_by_clients,
    no_graphs,
    participants,
    rating_clients,
    round_step,
    summed,
    unchanged,
    weighted_mean,
)
from jaxrec.graph import bipartite, rated
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog, lightgcn, mf
from jaxrec.models.fesog import ego_graph
from jaxrec.train import TrainState
from tests.models.social import FRIENDS, ITEM, RATING, TRAIN, USER, I, U, filled

DIM = 3
GRAPH = ego_graph(TRAIN, FRIENDS)
CENTERED = ego_graph(TRAIN, FRIENDS, rated(TRAIN, np.ones(U, np.float32)))
FESOG, MF = fesog(GRAPH, U, I, DIM), mf(U, I, DIM)
N_CLIENTS = 3  # Users 3 and 4 have no rating.


def everyone(graphs_of=ego_graphs, n_pseudo=0, **how):
    return federation(TRAIN, rating_clients(TRAIN, graphs_of, FRIENDS, n_pseudo, **how))


def with_all_rows(all_clients, graph):
    """Clients whose tables are the server's, and who read one graph: what LightGCN needs."""

    def whole(clients):
        n, batch = len(clients.user), clients.batch
        tile = lambda leaf: np.broadcast_to(leaf, (n, *np.shape(leaf)))
        rows = {"user": tile(np.arange(U)), "item": tile(np.arange(I))}
        item = clients.rows["item"][:, None]
        return clients._replace(
            rows=rows,
            owned={name: np.ones(each.shape, bool) for name, each in rows.items()},
            graph=jax.tree.map(tile, graph),
            batch=batch._replace(query=clients.user[:, None], item=item),
        )

    return all_clients._replace(buckets=tuple(map(whole, all_clients.buckets)))


def after(model, params, clients, aggregate=summed, n=N_CLIENTS, privatize=unchanged, n_pseudo=0):
    """What one round subtracts from the parameters, and its metrics."""
    loss_fn = client_loss(model, root_mean_squared_error, n_pseudo, np.unique(RATING))
    step = round_step(loss_fn, aggregate, privatize, optax.sgd(1.0))
    state = step.init(params, jax.random.key(1))
    sample = partial(participants, n_chosen=n, n_items=I, n_pseudo=n_pseudo)
    run = jax.jit(lambda state: step.update(state, None, sample(state.step_key(0), clients)))
    new, metrics = run(state)
    return jax.tree.map(jnp.subtract, params, new.params), metrics


def loss_of_all(model, graph, params, weights=None):
    """``sum_u n_u sqrt(mean of squared errors)``, on the whole graph at once."""
    reps, total = model.encode(params, graph), 0.0
    for u in range(N_CLIENTS):
        own = np.flatnonzero(USER == u)
        scores = model.score(reps, jnp.array([u]), jnp.asarray(ITEM[own]))[0]
        mean = jnp.mean((scores - RATING[own]) ** 2) + 1e-12
        total += (len(own) if weights is None else weights[u]) * jnp.sqrt(mean)
    return total


LIGHTGCN = lightgcn(U, I, DIM, n_layers=2)
CASES = {
    "fesog": (FESOG, GRAPH, everyone()),
    "fesog, a bucket a client": (FESOG, GRAPH, everyone(factor=2)),
    "fesog, centered": (fesog(CENTERED, U, I, DIM), CENTERED, everyone()),
    "mf": (MF, None, everyone(no_graphs)),
    "lightgcn": (LIGHTGCN, bipartite(TRAIN), with_all_rows(everyone(no_graphs), bipartite(TRAIN))),
}


@pytest.mark.parametrize("name", CASES)
def test_the_summed_gradient_of_all_clients_is_that_of_all_ratings(name, key):
    model, graph, clients = CASES[name]
    params = filled(model, key)
    found, metrics = after(model, params, clients)
    expected = jax.grad(partial(loss_of_all, model, graph))(params)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    assert metrics["clients"] == N_CLIENTS and metrics["left_out"] == 0


def test_a_client_is_traced_once_a_bucket_and_not_again_in_later_rounds(key):
    clients, traced = everyone(no_graphs, factor=2), []
    loss_fn = client_loss(MF, root_mean_squared_error)

    def counted(*given):
        traced.append(given)
        return loss_fn(*given)

    step = round_step(counted, summed, unchanged, optax.sgd(0.1))
    sample = partial(participants, n_chosen=2, n_items=I)
    run = jax.jit(lambda state: step.update(state, None, sample(state.step_key(0), clients))[0])
    state = step.init(filled(MF, key), key)
    for _ in range(3):
        state = run(state)
    assert state.step == 3 and len(traced) == len(clients.buckets) > 1


def test_means_divide_by_ratings_or_by_the_clients_that_return_a_row(key):
    params, count = filled(MF, key), np.bincount(ITEM, minlength=I)[:, None]
    clients, n = everyone(no_graphs), len(RATING)
    total, _ = after(MF, params, clients)
    mean, _ = after(MF, params, clients, weighted_mean)
    by_row, _ = after(MF, params, clients, mean_by_clients())
    plain, _ = after(MF, params, clients, mean_by_clients(weighted=False))
    once = jax.grad(partial(loss_of_all, MF, None, weights=np.ones(3)))(params)
    same = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)
    same(mean["item"], total["item"] / n)
    same(by_row["item"], total["item"] / np.maximum(count, 1))
    same(plain["item"], once["item"] / np.maximum(count, 1))
    for found in (by_row, plain, mean):
        same(found["user"], total["user"] / n)


def test_pseudo_items_are_labeled_by_the_nearest_level_of_the_score_without_gradient(key):
    params, clients = filled(MF, key), everyone(no_graphs, n_pseudo=2)
    found, _ = after(MF, params, clients, n_pseudo=2)
    state = TrainState(params, None, jax.random.key(1), jnp.int32(0))
    levels, rows = np.unique(RATING), []  # User, item, label.
    for chosen in participants(state.step_key(0), clients, N_CLIENTS, I, n_pseudo=2):
        for place, u in enumerate(np.asarray(chosen.clients.user)):
            item = np.asarray(chosen.clients.rows["item"][place])
            there = np.asarray(chosen.clients.batch.mask[place, 0])
            score = np.asarray(params["item"][item] @ params["user"][u])
            label = np.asarray(chosen.clients.batch.label[place, 0]).copy()
            label[-2:] = levels[np.abs(score[-2:, None] - levels).argmin(axis=1)]
            rows.append((u, item[there], label[there]))
            drawn = item[-2:][there[-2:]]
            assert len(drawn) and not set(drawn) & set(ITEM[USER == u])

    def loss(params):
        error = [params["item"][item] @ params["user"][u] - label for u, item, label in rows]
        return sum(len(e) * jnp.sqrt(jnp.mean(e**2) + 1e-12) for e in error)

    expected = jax.grad(loss)(params)
    for name in ("user", "item"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-5)


def test_a_client_that_sends_no_numbers_is_left_out_and_counted(key):
    params, clients = filled(MF, key), everyone(no_graphs)

    def broken(key, gradient, owned):
        del key, owned
        of_two = jnp.all(gradient["item"][-1] == 0)  # Of those with fewer items than others.
        return gradient | {"user": jnp.where(of_two, jnp.nan, gradient["user"])}

    kept, metrics = after(MF, params, clients, privatize=broken)
    n_broken = int(metrics["left_out"])
    assert n_broken > 0 and metrics["clients"] == N_CLIENTS - n_broken
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(kept))
    assert np.isfinite(metrics["loss"])


def test_rows_decay_where_they_move_and_nowhere_else():
    step = optax.chain(optax.sgd(0.5), decay_rows(0.1))
    params = {"user": jnp.array([[2.0, 4.0], [6.0, 8.0]]), "c": jnp.float32(3)}
    gradient = {"user": jnp.array([[1.0, 0.0], [0.0, 0.0]]), "c": jnp.float32(2)}
    change, _ = step.update(gradient, step.init(params), params)
    np.testing.assert_allclose(change["user"], [[-0.5 - 0.2, -0.4], [0, 0]], rtol=1e-6)
    assert float(change["c"]) == pytest.approx(-1 - 0.3)
