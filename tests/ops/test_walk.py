"""Walks: the law of every place by binomial bounds, from powers of the chances of a step."""

from collections import Counter
from functools import partial
from itertools import pairwise

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.ops import second_order, walks
from jaxrec.ops.walk import below
from tests.ops.walked import (
    ALL,
    BOTH,
    DIRECTED,
    END,
    ISOLATED,
    UNDIRECTED,
    WEIGHT,
    WEIGHTED,
    N,
    chances,
    returning,
)
from tests.sampling.small import assert_frequency, assert_law

N_WALKS, LENGTH = 20_000, 5


def many(source):
    return jnp.full(N_WALKS, source, jnp.int32)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**31 - 1))
def test_below_is_the_upper_half_of_the_product(bits, limit):
    assert below(jnp.uint32(bits), jnp.int32(limit)) == bits * limit >> 32


@pytest.mark.parametrize("source", [0, 3, 6, ISOLATED])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["uniform", "weighted"])
def test_places_follow_the_powers_of_the_chances(key, source, weight):
    graph = DIRECTED if weight is None else WEIGHTED
    found = np.asarray(jax.jit(walks, static_argnums=3)(key, graph, many(source), LENGTH))
    law = np.eye(N)[source]
    for place in range(LENGTH):
        assert_law(found[:, place], law)
        assert_frequency(np.sum(found[:, place] < 0), N_WALKS, max(0.0, 1 - law.sum()))
        law = law @ chances(ALL, weight)


@pytest.mark.parametrize("source", [0, 6, ISOLATED])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["uniform", "weighted"])
def test_restarting_walks_go_back_by_chance_and_from_dead_ends(key, source, weight):
    graph, restart = (DIRECTED if weight is None else WEIGHTED), 0.3
    walk = jax.jit(partial(walks, length=LENGTH, restart=restart))
    found = np.asarray(walk(key, graph, many(source)))
    law, matrix = np.eye(N)[source], returning(chances(ALL, weight), source)
    for place in range(LENGTH):
        assert_law(found[:, place], law)
        law = (1 - restart) * law @ matrix + restart * np.eye(N)[source]


def paths(source, p, q, weight, n_steps=3):
    """Every path from ``source`` and its chance: the formula of node2vec, path by path."""
    first = chances(ALL, weight)
    linked = first > 0
    found = {(source,): 1.0}
    for _ in range(n_steps):
        longer = {}
        for path, chance in found.items():
            v = path[-1]
            if v < 0 or not linked[v].any():
                longer[*path, -1] = chance
                continue
            step = first[v].copy()
            if len(path) > 1:
                t = path[-2]
                alpha = np.where(linked[t], 1.0, 1 / q)
                alpha[t] = 1 / p
                step = step * alpha / (step @ alpha)
            longer |= {(*path, x): chance * step[x] for x in np.flatnonzero(step)}
        found = longer
    return found


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["uniform", "weighted"])
@pytest.mark.parametrize(("p", "q"), [(0.25, 0.25), (4.0, 0.5), (0.5, 2.0), (3.0, 1.0)])
def test_second_order_paths_have_their_chances(key, weight, p, q):
    graph = DIRECTED if weight is None else WEIGHTED
    walk = jax.jit(partial(second_order, length=4, p=p, q=q))
    start = jnp.repeat(jnp.array([0, 5, 6, ISOLATED], jnp.int32), N_WALKS)
    found = Counter(map(tuple, np.asarray(walk(key, graph, start)).tolist()))
    expected = {}
    for source in (0, 5, 6, ISOLATED):
        expected |= paths(source, p, q, weight)
    assert set(found) <= set(expected)
    for path, chance in expected.items():
        assert_frequency(found[path], N_WALKS, min(chance, 1.0))


def test_all_steps_of_a_batch_of_starts_are_edges(key):
    start, linked = jnp.arange(7, dtype=jnp.int32), {tuple(edge) for edge in BOTH.tolist()}
    for p, q in ((1.0, 1.0), (4.0, 0.5)):
        found = np.asarray(second_order(key, UNDIRECTED, start, 20, p, q))
        assert found[:, 0].tolist() == start.tolist() and (found >= 0).all()
        assert all(step in linked for row in found.tolist() for step in pairwise(row))


def test_p_and_q_of_one_are_plain_walks(key):
    found = second_order(key, WEIGHTED, many(0), LENGTH)
    np.testing.assert_array_equal(found, walks(key, WEIGHTED, many(0), LENGTH))


def test_the_same_key_gives_the_same_walks_and_new_starts_compile_nothing(key):
    def walk(key, graph, start):
        return second_order(key, graph, start, LENGTH, p=2.0)

    compiled = jax.jit(chex.assert_max_traces(walk, n=1))
    first, again = compiled(key, DIRECTED, many(0)), compiled(key, DIRECTED, many(0))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, compiled(jax.random.key(1), DIRECTED, many(0)))
    assert (compiled(key, DIRECTED, many(3))[:, 0] == 3).all()


def test_a_walk_of_one_node_is_its_start(key):
    for walk in (walks, partial(second_order, q=2.0)):
        assert walk(key, DIRECTED, jnp.array([END, 0]), 1).tolist() == [[END], [0]]


def test_bad_input_is_refused(key):
    with pytest.raises(InputError, match="length of a walk is 0 nodes; give 1"):
        walks(key, DIRECTED, many(0), 0)
    with pytest.raises(InputError, match="restart is 1.0; give 0"):
        walks(key, DIRECTED, many(0), 2, restart=1.0)
    for p, q in ((0.0, 1.0), (-1.0, 1.0), (1.0, 101.0), (20.0, 0.1), (float("nan"), 1.0)):
        with pytest.raises(InputError, match="within a factor of 100"):
            second_order(key, DIRECTED, many(0), 2, p, q)
