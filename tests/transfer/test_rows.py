"""Rows of an older run in the tables of a newer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.losses import softmax
from jaxrec.models import twhin
from jaxrec.train import objective, rank, row_adagrad, step
from jaxrec.transfer import carry, near_mean

OLD, NEW, DIM = 4, 6, 3
ROWS = {"entity": np.array([2, -1, 0, 3, -1, 1]), "relation": np.array([-1, 0])}


def run(n_entities, n_relations, seed, dim=DIM):
    model = twhin(n_entities, n_relations, dim)
    pieces = step(objective(model, rank=(1.0, rank(model, softmax))), row_adagrad(0.1))
    state = pieces.init(model.init(jax.random.key(seed)), jax.random.key(9))
    return jax.tree.map(lambda leaf: leaf + seed, state.opt_state), state.params


def test_known_rows_are_the_older_ones_and_new_rows_fresh():
    (_, older), (_, fresh) = run(OLD, 1, 1), run(NEW, 2, 2)
    found = carry(fresh, older, ROWS)
    for name, rows in ROWS.items():
        for n, row in enumerate(rows):
            source = fresh[name][n] if row < 0 else older[name][row]
            np.testing.assert_array_equal(found[name][n], source)


def test_what_the_optimizer_keeps_goes_with_its_rows():
    (older, _), (fresh, _) = run(OLD, 1, 1), run(NEW, 2, 2)
    total = carry(fresh, older, ROWS)[0].total["entity"]
    np.testing.assert_array_equal(total, [1, 2, 1, 1, 2, 1])


def test_tables_without_rows_stay_fresh():
    (_, older), (_, fresh) = run(OLD, 1, 1), run(NEW, 2, 2)
    found = carry(fresh, older, {"entity": ROWS["entity"]})
    np.testing.assert_array_equal(found["relation"], fresh["relation"])


def test_new_entities_begin_at_the_mean_of_known_neighbors():
    table = jnp.asarray(np.random.default_rng(0).standard_normal((NEW, DIM)), jnp.float32)
    head, tail = np.array([1, 2, 1, 4, 0], np.int32), np.array([0, 1, 4, 1, 3], np.int32)
    facts = Triples(head, np.zeros(5, np.int32), tail, NEW, 1)
    found = near_mean(table, ROWS["entity"], facts)
    expected = np.array(table)
    expected[1] = (expected[0] + expected[2]) / 2  # Entity 4 is new as well, and has none but it.
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_tables_that_do_not_fit_are_refused():
    (_, older), (_, fresh) = run(OLD, 1, 1), run(NEW, 2, 2)
    with pytest.raises(InputError, match="entity: 3 rows up to 2 for a table of 6 and an older"):
        carry(fresh, older, {"entity": np.arange(3)})
    with pytest.raises(InputError, match="up to 5 for a table of 6 and an older one of 4"):
        carry(fresh, older, {"entity": np.arange(6)})
    with pytest.raises(InputError, match="there is no table 'node'"):
        carry(fresh, older, {"node": np.arange(6)})
    with pytest.raises(InputError, match=r"entity: rows of shape \[3\] and \[5\] before"):
        carry(fresh, run(OLD, 1, 1, dim=5)[1], {"entity": ROWS["entity"]})
    with pytest.raises(InputError, match="the older run has no entity there"):
        carry(fresh, {"relation": older["relation"]}, {"entity": ROWS["entity"]})
