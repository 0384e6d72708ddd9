"""SGC against powers of the dense adjacency."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Featured, homogeneous
from jaxrec.models import sgc_nodes
from jaxrec.ops import prepare
from tests.models.small import RING, assert_close, dense, wide


@pytest.mark.parametrize("n_layers", [0, 3])
def test_logits_are_those_of_diffused_features(key, n_layers):
    graph = homogeneous(*RING, n_nodes=6, self_loops=True)
    feature = jax.random.normal(jax.random.key(1), (6, 4))
    model = sgc_nodes(4, n_classes=2, n_layers=n_layers)
    params = model.init(key)
    power = np.linalg.matrix_power(dense(graph), n_layers)
    logits = model.encode(params, Featured(feature, prepare(graph, "bcsr")))
    assert_close(logits, power @ wide(feature) @ wide(params["kernel"]))


def test_negative_layers_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        sgc_nodes(4, 2, n_layers=-1)
