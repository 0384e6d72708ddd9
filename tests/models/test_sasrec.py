"""SASRec against loops over the paper's equations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import sasrec
from tests.models.in_sessions import ASKED, N_ITEMS, compiled, query

DIM, HEADS = 6, 2


def norm(weights, x):
    centerd = x - x.mean(axis=-1, keepdims=True)
    scaled = centerd / np.sqrt(np.mean(centerd**2, axis=-1, keepdims=True) + 1e-6)
    return scaled * weights["scale"] + weights["bias"]


def attended(weights, x, position):
    """What one position reads of itself and those before it, head by head."""
    at = lambda name, row: (
        np.einsum("d,dhe->he", row, weights[name]["kernel"]) + (weights[name]["bias"])
    )
    out = np.array(weights["out"]["bias"])
    for head in range(HEADS):
        q = at("query", x[position])[head]
        k, v = (
            np.array([at(name, row)[head] for row in x[: position + 1]])
            for name in ("key", "value")
        )
        match = np.exp(k @ q / np.sqrt(DIM / HEADS))
        out += (match / match.sum()) @ v @ weights["out"]["kernel"][head]
    return out


def by_loops(params, items, n_layers):
    """Scores of all items after one history."""
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    x = p["item"][items] + p["position"][: len(items)][::-1]
    for n in range(n_layers):
        w = p["blocks"][str(n)]
        h = norm(w["norm_attention"], x)
        x = x + np.array([attended(w["attention"], h, place) for place in range(len(items))])
        h = np.maximum(norm(w["norm_dense"], x) @ w["inner"]["kernel"] + w["inner"]["bias"], 0)
        x = x + h @ w["outer"]["kernel"] + w["outer"]["bias"]
    return p["item"] @ norm(p["norm"], x[-1])


@pytest.mark.parametrize("n_layers", [0, 2])
def test_scores_are_those_of_loops_over_positions_and_heads(n_layers):
    model = sasrec(N_ITEMS, DIM, n_layers, HEADS)
    params = model.init(jax.random.key(1))
    scale = lambda path, a: a + 0.3 * jax.random.normal(jax.random.key(len(str(path))), a.shape)
    params = jax.tree_util.tree_map_with_path(scale, params)  # Biases are not 0, vectors not tiny.
    reps = model.encode(params, None)
    scores = compiled(model.score, reps, query(ASKED), jnp.arange(N_ITEMS))
    expected = [by_loops(params, items, n_layers) for items in ASKED]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_heads": 4}, "n_heads is 4 and dim 6; give heads that divide dim"),
        ({"n_heads": 0}, "n_heads is 0 and dim 6; give heads"),
        ({"dropout": 1.0}, r"dropout is 1.0; give 0 \(none\) or more, below 1"),
        ({"n_layers": -1}, "n_layers is -1; give 0 or more"),
    ],
)
def test_what_is_no_network_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        sasrec(N_ITEMS, DIM, **options)
