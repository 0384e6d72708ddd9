"""GRU4Rec against loops over the gates of the paper's equations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import gru4rec
from tests.models.in_sessions import ASKED, N_ITEMS, compiled, query

DIM = 6


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def states(w, inputs):
    """``h = (1 - z) n + z h``, and n of the input and of the state times r."""
    of = lambda name, x: x @ w[name]["kernel"] + w[name].get("bias", 0)
    h, found = np.zeros(DIM), []
    for x in inputs:
        r = sigmoid(of("ir", x) + of("hr", h))
        z = sigmoid(of("iz", x) + of("hz", h))
        h = (1 - z) * np.tanh(of("in", x) + r * of("hn", h)) + z * h
        found.append(h)
    return found


@pytest.mark.parametrize("n_layers", [1, 2])
def test_scores_are_those_of_loops_over_gates(n_layers):
    model = gru4rec(N_ITEMS, DIM, n_layers)
    params = model.init(jax.random.key(1))
    params = jax.tree.map(lambda a: a + 0.1, params)  # Biases are not 0.
    reps = model.encode(params, None)
    scores = compiled(model.score, reps, query(ASKED), jnp.arange(N_ITEMS))
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    for row, items in enumerate(ASKED):
        x = p["item"][items]
        for n in range(n_layers):
            x = states(p["layers"][str(n)], x)
        np.testing.assert_allclose(scores[row], p["item"] @ x[-1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_layers": 0}, "n_layers is 0; give 1 or more"),
        ({"max_length": 0}, "max_length is 0; give 1 or more"),
        ({"dropout": -0.1}, r"dropout is -0.1; give 0 \(none\) or more, below 1"),
    ],
)
def test_what_is_no_network_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        gru4rec(N_ITEMS, DIM, **options)
