"""Half propagations against the whole, with gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import propagate, to_items, to_users
from tests.models.twins import M, U, history


@pytest.mark.parametrize("r", [0.5, 0.8])
@pytest.mark.parametrize(
    "formulation", ["bcsr", "bcoo", "chunked", "buckets", "dense", "segment_sum"]
)
def test_halves_are_the_whole_on_zeros(formulation, r, key):
    graph, whole = history(r, formulation).graph, history(r, "segment_sum").graph
    x = jax.random.normal(key, (U + M, 3))
    users, items = jnp.zeros((U, 3)), jnp.zeros((M, 3))
    to_u = lambda x: to_users(x[U:], graph, U)
    to_i = lambda x: to_items(x[:U], graph, M)
    all_u = lambda x: propagate(jnp.concatenate([users, x[U:]]), whole)[:U]
    all_i = lambda x: propagate(jnp.concatenate([x[:U], items]), whole)[U:]
    slope = lambda f: jax.grad(lambda x: jnp.sum(jnp.sin(f(x))))
    both = jax.jit(lambda x: [(f(x), slope(f)(x)) for f in (to_u, all_u, to_i, all_i)])
    close = lambda *pair: np.testing.assert_allclose(*pair, rtol=1e-5, atol=1e-6)
    of_users, all_users, of_items, all_items = both(x)
    jax.tree.map(close, (of_users, of_items), (all_users, all_items))


def test_a_table_of_the_wrong_size_is_refused():
    with pytest.raises(InputError, match=f"joins {U} users and {M} items, not {U} and 3"):
        to_users(jnp.zeros((3, 2)), history().graph, U)
