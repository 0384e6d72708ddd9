"""KSR against loops over gates and attributes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import ksr
from tests.models.in_sessions import ASKED, N_ITEMS, compiled, query
from tests.models.test_gru4rec import DIM, states
from tests.models.test_kg_sequential import FACTS, KG
from tests.models.test_srgnn import dense, sigmoid


def test_scores_are_those_of_loops_over_gates_and_attributes():
    model = ksr(FACTS, N_ITEMS, DIM, kg_dim=KG, kg_epochs=1, sharpness=3.0)
    params = jax.tree.map(lambda a: a + 0.1, jax.jit(model.init)(jax.random.key(1)))
    scores = compiled(model.score, model.encode(params, None), query(ASKED), jnp.arange(N_ITEMS))
    p = jax.tree.map(lambda a: np.asarray(a, np.float64), params)
    entity, key = p["facts"]["entity"], p["facts"]["attribute"]
    candidates = np.hstack([p["item"], entity[:N_ITEMS]]) @ p["candidate"]
    for row, items in enumerate(ASKED):
        memory = np.zeros((2, KG))
        for item in items:
            for a in range(2):
                new = np.tanh(dense(p["write"], entity[item])) + key[a]
                gate = sigmoid(memory[a] @ new)
                memory[a] = (1 - gate) * memory[a] + gate * new
        h = states(p["gru"], p["item"][items])[-1]
        match = np.exp(3 * key @ np.tanh(dense(p["read"], h)))
        m = match / match.sum() @ memory
        expected = candidates @ np.tanh(dense(p["user"], np.concatenate([h, m])))
        np.testing.assert_allclose(scores[row], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kg_dim": 0}, "kg_dim is 0; give 1 or more"),
        ({"sharpness": -1.0}, "sharpness is -1.0; give a number above 0"),
        ({"dropout": 2.0}, r"dropout is 2.0; give 0 \(none\) or more, below 1"),
    ],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ksr(FACTS, N_ITEMS, **options)
