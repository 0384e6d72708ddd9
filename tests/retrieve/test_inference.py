"""A catalogue layer by layer, against the model's own encoder and item by item."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.models import pinsage
from jaxrec.nn import importance_pooling, max_pooling, mean_pooling
from jaxrec.ops import ImportanceNeighbors, dot
from jaxrec.rank import top_lists
from jaxrec.retrieve import embed, embed_new, inference, similar
from jaxrec.sampling import full_neighborhood

N, T, F = 23, 4, 5


def random_table(n, n_items, seed=0):
    """Neighbors by shares, some rows shorter than T and one without any."""
    rng = np.random.default_rng(seed)
    weight = rng.random((n, T)) * (np.arange(T) < rng.integers(1, T + 1, (n, 1)))
    weight[n // 2] = 0
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    sender = np.where(weight > 0, rng.integers(n_items, size=(n, T)), 0)
    return ImportanceNeighbors(sender.astype(np.int32), weight.astype(np.float32))


def features(n, seed=0):
    return np.random.default_rng(seed).standard_normal((n, F)).astype(np.float32)


FEATURE, TABLE = features(N), random_table(N, N)


def model_and_params(key, n_layers=2, pool=importance_pooling):
    """A model whose biases are not zero."""
    model = pinsage(F, dim=6, hidden_dim=7, n_layers=n_layers, pool=pool)
    rng = np.random.default_rng(0)
    moved = lambda x: np.asarray(x) + 0.1 * rng.standard_normal(x.shape, np.float32)
    return model, jax.tree.map(moved, model.init(key))


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pool", [importance_pooling, mean_pooling, max_pooling])
@pytest.mark.parametrize("n_layers", [0, 1, 3])
def test_vectors_are_those_of_the_encoder_over_all_items(key, n_layers, pool):
    model, params = model_and_params(key, n_layers, pool)
    expected = jax.jit(model.encode)(params, full_neighborhood(FEATURE, [TABLE] * n_layers)).item
    for block in (1, 7, N, 100):
        assert_close(embed(params, FEATURE, TABLE, pool, block).item, expected)


def test_vectors_are_those_of_algorithm_2_item_by_item(key):
    _, params = model_and_params(key)
    params = jax.tree.map(np.asarray, params)
    relu = lambda x: np.maximum(x, 0)

    def vector(item, k):
        if k < 0:
            return FEATURE[item]
        layer = params[f"layer_{k}"]
        project, join = layer["project"], layer["join"]
        n = np.zeros(7)
        for neighbor, share in zip(TABLE.sender[item], TABLE.weight[item], strict=True):
            sent = relu(vector(neighbor, k - 1) @ project["kernel"] + project["bias"])
            n = n + share * sent
        z = relu(np.concatenate([vector(item, k - 1), n]) @ join["kernel"] + join["bias"])
        return z / max(np.linalg.norm(z), 1e-30)

    out = params["head"]
    hidden = out["hidden"]
    expected = [
        relu(vector(i, 1) @ hidden["kernel"] + hidden["bias"]) @ out["out"]["kernel"]
        for i in range(N)
    ]
    assert_close(embed(params, FEATURE, TABLE, block=8).item, expected)


def test_each_item_is_projected_once_a_layer_and_programs_are_traced_once(key, monkeypatch):
    _, params = model_and_params(key)
    seen, traced = [], []
    project = lambda layer, h: (seen.append(len(h)), inference.project(layer, jnp.asarray(h)))[1]
    monkeypatch.setattr(inference, "sends", project)
    combine = inference.combine
    monkeypatch.setattr(inference, "combine", lambda *a: (traced.append(1), combine(*a))[1])
    embed(
        params, FEATURE[:20], random_table(20, 20), lambda z, w: importance_pooling(z, w), block=5
    )
    assert seen == [5] * 4 * 2
    assert len(traced) == 2  # A layer of each width.


def test_a_new_item_is_embedded_as_if_it_had_been_among_the_others(key):
    _, params = model_and_params(key)
    catalogue = embed(params, FEATURE, TABLE)
    new, near = features(6, seed=1), random_table(6, N, seed=1)
    found = embed_new(params, catalogue, new, near)
    both = ImportanceNeighbors(*(np.concatenate(pair) for pair in zip(TABLE, near, strict=True)))
    together = embed(params, np.concatenate([FEATURE, new]), both)
    assert_close(found, together.item[N:])
    assert_close(catalogue.item, together.item[:N])
    assert_close(
        embed_new(params, catalogue, new[:1], ImportanceNeighbors(near[0][:1], near[1][:1])),
        found[:1],
    )
    anywhere = near._replace(sender=np.where(near.weight > 0, near.sender, N + 7))
    np.testing.assert_array_equal(embed_new(params, catalogue, new, anywhere), found)


def test_a_new_item_is_retrieved_beside_the_one_that_it_is_like(key):
    _, params = model_and_params(key)
    catalogue = embed(params, FEATURE, TABLE)
    like = np.array([4, 17, 9])
    twins = ImportanceNeighbors(TABLE.sender[like], TABLE.weight[like])
    new = embed_new(params, catalogue, FEATURE[like], twins)
    reps = Embeddings(jnp.asarray(new), jnp.asarray(catalogue.item))
    found = top_lists(dot, reps, np.arange(3), N, 3).item
    np.testing.assert_array_equal(found, np.argsort(-new @ catalogue.item.T, axis=1)[:, :3])
    grown = np.concatenate([catalogue.item, new])
    nearest = similar(Embeddings(jnp.asarray(grown), jnp.asarray(grown)), like, 1).item[:, 0]
    assert nearest.tolist() == [N, N + 1, N + 2]


def test_what_cannot_be_embedded_is_refused(key):
    _, params = model_and_params(key)
    with pytest.raises(InputError, match=r"features are \[23, 4\] .* the 5 features that"):
        embed(params, FEATURE[:, :4], TABLE)
    with pytest.raises(InputError, match=r"features are \[22, 5\] and neighbors \[23, 4\]"):
        embed(params, FEATURE[:22], TABLE)
    broken = FEATURE.copy()
    broken[3, 1] = np.nan
    with pytest.raises(InputError, match="features of row 3 are not finite; give 0"):
        embed(params, broken, TABLE)
    weight = TABLE.weight.copy()
    weight[5, 0] = -1
    with pytest.raises(InputError, match="a weight of row 5 is negative"):
        embed(params, FEATURE, TABLE._replace(weight=weight))
    sender = TABLE.sender.copy()
    sender[0, 0] = N
    with pytest.raises(InputError, match="item 23 is a neighbor; give rows 0 to 22"):
        embed(params, FEATURE, TABLE._replace(sender=sender))
    with pytest.raises(InputError, match=r"neighbors are \[23, 4\], weights \[23, 3\]"):
        embed(params, FEATURE, TABLE._replace(weight=TABLE.weight[:, 1:]))
    with pytest.raises(InputError, match="a block has 0 rows; give 1 or more"):
        embed(params, FEATURE, TABLE, block=0)
    catalogue = embed(params, FEATURE, TABLE)
    with pytest.raises(InputError, match="item 23 is a neighbor; give rows 0 to 22"):
        embed_new(params, catalogue, FEATURE, TABLE._replace(sender=sender))
    with pytest.raises(InputError, match=r"send \[\d+, \d+\] numbers, the catalogue's \[\d+\]"):
        embed_new(params, catalogue._replace(sent=catalogue.sent[:1]), FEATURE, TABLE)
    none = ImportanceNeighbors(np.zeros((0, T), np.int32), np.zeros((0, T), np.float32))
    with pytest.raises(InputError, match=r"features are \[0, 5\]"):
        embed(params, FEATURE[:0], none)
