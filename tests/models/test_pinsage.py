"""PinSage against algorithms 1 and 2, item by item."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import pinsage
from jaxrec.models.pinsage import combine, convolve, head, layers, project
from jaxrec.nn import importance_pooling, max_pooling, mean_pooling
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling import full_neighborhood, hops
from jaxrec.sampling.hops import by_table
from tests.models.small import assert_close, unit, wide

N, F = 7, 3
SENDER = np.array([[1, 2, 3], [0, 0, 0], [0, 5, 0], [2, 0, 0], [0, 0, 0], [6, 1, 4], [5, 0, 0]])
WEIGHT = [
    [0.5, 0.3, 0.2],
    [1, 0, 0],
    [0.6, 0.4, 0],
    [1, 0, 0],
    [0, 0, 0],
    [0.4, 0.4, 0.2],
    [1, 0, 0],
]
TABLE = ImportanceNeighbors(jnp.asarray(SENDER), jnp.array(WEIGHT))  # Nothing is near item 4.
FEATURE = jnp.asarray(np.random.default_rng(7).standard_normal((N, F), np.float32))
NEAR = np.asarray(FEATURE)[SENDER]
POOLS = {
    importance_pooling: lambda rows, shares: shares @ rows,
    mean_pooling: lambda rows, shares: rows.mean(axis=0),
    max_pooling: lambda rows, shares: rows.max(axis=0),
}
by_pool = pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.__name__)


def params_of(model):
    """Parameters whose biases are not zero."""
    rng = np.random.default_rng(0)
    draw = lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape, np.float32))
    return jax.tree.map(draw, jax.eval_shape(lambda: model.init(jax.random.key(0))))


def by_algorithm_2(params, node, pool, k):
    """The row of a node after k convolutions."""
    if k == 0:
        return wide(FEATURE)[node]
    layer, shares = wide_tree(params[f"layer_{k - 1}"]), wide(TABLE.weight)[node]
    near = [by_algorithm_2(params, v, pool, k - 1) for v in SENDER[node][shares > 0]]
    dense, width = layer["project"], layer["project"]["bias"].shape[0]
    sent = np.array([np.maximum(row @ dense["kernel"] + dense["bias"], 0) for row in near])
    n = POOLS[pool](sent, shares[shares > 0]) if near else np.zeros(width)
    both = np.concatenate([by_algorithm_2(params, node, pool, k - 1), n])
    return unit(np.maximum(both @ layer["join"]["kernel"] + layer["join"]["bias"], 0)[None])[0]


def wide_tree(tree):
    return jax.tree.map(wide, tree)


def by_head(params, rows):
    dense = wide_tree(params["head"])
    hidden = np.maximum(rows @ dense["hidden"]["kernel"] + dense["hidden"]["bias"], 0)
    return hidden @ dense["out"]["kernel"]


@by_pool
@pytest.mark.parametrize("n_layers", [0, 1, 2])
def test_equals_the_algorithms_item_by_item(key, pool, n_layers):
    model = pinsage(F, dim=4, hidden_dim=5, n_layers=n_layers, pool=pool)
    params, seed = params_of(model), np.int32([5, 4, 0, 5])
    block = lambda seed: hops(key, FEATURE, [by_table(TABLE)] * n_layers, seed)
    reps = jax.jit(lambda params, seed: model.encode(params, block(seed)))(params, seed)
    rows = np.array([by_algorithm_2(params, int(node), pool, n_layers) for node in seed])
    np.testing.assert_allclose(reps.item, by_head(params, rows), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(reps.query, reps.item)


def test_layer_by_layer_over_all_items_is_what_the_model_gives():
    model = pinsage(F, dim=4, hidden_dim=5)
    params = params_of(model)

    @jax.jit
    def by_layer(params, h):
        for layer in layers(params):
            h = convolve(layer, h, h[TABLE.sender], TABLE.weight)
        return head(params, h)

    reps = jax.jit(lambda params, h: model.encode(params, full_neighborhood(h, [TABLE] * 2)))(
        params, FEATURE
    )
    assert_close(by_layer(params, FEATURE), wide(reps.item))


@by_pool
def test_padding_and_order_of_neighbors_change_nothing(pool):
    layer = layers(params_of(pinsage(F, dim=4, hidden_dim=5)))[0]
    weight = np.asarray(TABLE.weight)
    of = jax.jit(lambda near, weight: convolve(layer, FEATURE, near, weight, pool))
    expected = wide(of(NEAR, weight))
    assert_close(of(NEAR[:, ::-1], weight[:, ::-1]), expected)
    rubbish = np.concatenate([NEAR, np.full((N, 2, F), 9, np.float32)], axis=1)
    assert_close(of(rubbish, np.pad(weight, ((0, 0), (0, 2)))), expected)


def test_a_convolution_is_a_projection_and_what_combines():
    layer = layers(params_of(pinsage(F, dim=4, hidden_dim=5)))[0]
    sent = np.asarray(jax.jit(project)(layer, FEATURE))[SENDER]
    whole_one = jax.jit(convolve)(layer, FEATURE, NEAR, TABLE.weight)
    assert_close(jax.jit(combine)(layer, FEATURE, sent, TABLE.weight), wide(whole_one))
    assert_close(np.linalg.norm(whole_one, axis=1), np.ones(N))


def test_features_beyond_the_layers_reach_nothing():
    model = pinsage(F, dim=32, hidden_dim=32, n_layers=1)  # Some rectifiers are open.
    params = params_of(model)
    of_item_0 = lambda x: model.encode(params, full_neighborhood(x, [TABLE])).item[0]
    reached = np.abs(jax.jit(jax.jacobian(of_item_0))(FEATURE)).sum(axis=(0, 2)) > 0
    assert reached.tolist() == [node in (0, 1, 2, 3) for node in range(N)]


def test_a_target_is_not_seen_by_its_query_along_their_edge(key):
    model = pinsage(F, dim=32, hidden_dim=32, n_layers=2)
    params, ends = params_of(model), (jnp.array([3]), jnp.array([2]))

    def seen(apart):
        def of_query(x):
            block = hops(key, x, [by_table(TABLE)] * 2, ends[0], apart)
            return model.encode(params, block).query[0]

        return np.abs(jax.jit(jax.jacobian(of_query))(FEATURE)).sum(axis=(0, 2)) > 0

    assert seen(None).tolist() == [node in (0, 2, 3, 5) for node in range(N)]
    assert seen(ends).tolist() == [node == 3 for node in range(N)]  # 2 is all that 3 has.


def test_a_negative_number_of_layers_is_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        pinsage(F, n_layers=-1)
