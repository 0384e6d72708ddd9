"""One LightGCN problem for every formulation to compute, and ours.

A formulation is a pair of functions: ``graph(train)`` builds what propagation reads, and
``program(graph, problem)`` what is timed. Those of other libraries stand in ``torch_steps.py``.
"""

import dataclasses
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.base import Batch
from jaxrec.data import Interactions
from jaxrec.graph import bipartite, renumber, user_items
from jaxrec.losses import bpr
from jaxrec.runs import build_graph, build_model, options_of
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, l2_rows, objective, rank, step

SETTINGS = options_of()
"""Width 64, 3 layers, batch 2048, Adam at 1e-3, L2 of 1e-4: the library's defaults."""

N_THREADS = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
"""What XLA takes: one for each CPU that this process may use."""


class Problem(NamedTuple):
    """What every formulation is given.

    Attributes:
      batch: users, positives and negatives; items count from 0.
      rows: where the file's nodes stand in this numbering.
      n_steps: updates, or forward passes, in one call.
    """

    train: Interactions
    batch: Int[np.ndarray, "B 3"]
    user: Float[np.ndarray, "U d"]
    item: Float[np.ndarray, "I d"]
    rows: Int[np.ndarray, "N"]
    n_steps: int


class Program(NamedTuple):
    """A formulation ready to be timed.

    Attributes:
      run: the next ``n_steps``; returns what JAX must wait for.
      read: what has been computed: ``reps`` for a forward pass; for steps also the mean ``loss`` of
        the last run, the ``table`` and Adam's first ``moment``, which holds the gradients.
    """

    run: Callable[[], Any]
    read: Callable[[], dict[str, np.ndarray]]


def problem(train: Interactions, n_steps: int) -> Problem:
    """A batch of the library's own sampler, and its initial tables, in the file's numbering."""
    drawn = user_uniform(jax.random.key(0), user_items(train), train.n_items, SETTINGS.batch_size)
    batch = np.column_stack([drawn.query, drawn.item])
    params = build_model(SETTINGS, train.n_users, train.n_items).init(jax.random.key(1))
    tables = np.array(params["user"]), np.array(params["item"])
    return Problem(train, batch, *tables, np.arange(train.n_users + train.n_items), n_steps)


def renumbered(
    problem: Problem, users: Int[np.ndarray, "U"], items: Int[np.ndarray, "I"]
) -> Problem:
    """The same problem with rows in these orders."""
    new_user, new_item = np.argsort(users), np.argsort(items)
    user, item = problem.batch[:, 0], problem.batch[:, 1:]
    return problem._replace(
        train=renumber(problem.train, users, items),
        batch=np.column_stack([new_user[user], new_item[item]]),
        user=problem.user[users],
        item=problem.item[items],
        rows=np.concatenate([new_user, len(users) + new_item]),
    )


def our_graph(train: Interactions, propagation: str = "auto") -> Any:
    """The graph as ``jaxrec train`` prepares it."""
    return build_graph(dataclasses.replace(SETTINGS, propagation=propagation), train)


def steps_in_scan(graph: Any, problem: Problem) -> Program:
    """Steps as training runs them: all of them one program."""
    _, pieces = _model_and_step(problem)
    return _steps(graph, problem, epoch(pieces, lambda key, batch: batch, problem.n_steps))


def steps_by_call(graph: Any, problem: Problem) -> Program:
    """Steps as a loop of one's own runs them: a jitted update, its state donated."""
    _, pieces = _model_and_step(problem)
    update = jax.jit(pieces.update, donate_argnums=0)

    def run(state, graph, batch):
        losses = []
        for _ in range(problem.n_steps):
            state, metrics = update(state, graph, batch)
            losses.append(metrics["loss"])
        return state, {"loss": jnp.mean(jnp.stack(losses))}

    return _steps(graph, problem, run)


def our_forward(graph: Any, problem: Problem) -> Program:
    """The tables diffused, one call a pass."""
    model, _ = _model_and_step(problem)
    encode = jax.jit(model.encode)
    params = {"user": jnp.asarray(problem.user), "item": jnp.asarray(problem.item)}
    return forward(lambda: jax.block_until_ready(encode(params, graph)), problem)


def scipy_graph(train: Interactions) -> scipy.sparse.csr_array:
    """The normalized adjacency as SciPy holds it."""
    graph = bipartite(train)
    n_nodes = train.n_users + train.n_items
    pairs = (graph.edges, (graph.receivers, graph.senders))
    return scipy.sparse.csr_array(pairs, shape=(n_nodes, n_nodes))


def scipy_forward(graph: scipy.sparse.csr_array, problem: Problem) -> Program:
    """The tables diffused by SciPy, which has one thread."""
    table = np.concatenate([problem.user, problem.item])

    def diffused():
        total = layer = table
        for _ in range(SETTINGS.n_layers):
            layer = graph @ layer
            total = total + layer
        return total / np.float32(SETTINGS.n_layers + 1)

    return forward(diffused, problem)


def forward(diffused: Callable[[], Any], problem: Problem) -> Program:
    """Forward passes; ``diffused`` returns the joined table, or those of users and items."""

    def run():
        for _ in range(problem.n_steps):
            diffused()

    return Program(run, lambda: {"reps": np.vstack(diffused())})


def _model_and_step(problem: Problem):
    model = build_model(SETTINGS, problem.train.n_users, problem.train.n_items)
    terms = {"rank": (1.0, rank(model, bpr)), "l2": (SETTINGS.l2, l2_rows)}
    return model, step(objective(model, **terms), optax.adam(SETTINGS.learning_rate))


def _steps(graph: Any, problem: Problem, advance) -> Program:
    model, pieces = _model_and_step(problem)
    params = {"user": jnp.array(problem.user), "item": jnp.array(problem.item)}
    state, metrics = pieces.init(params, jax.random.key(0)), {}
    query, item = jnp.asarray(problem.batch[:, 0]), jnp.asarray(problem.batch[:, 1:])
    label = jnp.zeros(item.shape).at[:, 0].set(1)
    batch = Batch(query, item, label, jnp.ones(item.shape, bool))

    def run():
        nonlocal state, metrics
        state, metrics = advance(state, graph, batch)
        return state.params, metrics

    def read():
        join = lambda tables: np.concatenate([tables["user"], tables["item"]])
        return {
            "loss": np.asarray(metrics["loss"]),
            "reps": np.concatenate(jax.jit(model.encode)(state.params, graph)),
            "table": join(state.params),
            "moment": join(state.opt_state[0].mu),
        }

    return Program(run, read)
