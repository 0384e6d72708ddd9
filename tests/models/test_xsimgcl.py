"""XSimGCL by what it shares with SimGCL and where it differs."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import power_law
from jaxrec.graph import bipartite
from jaxrec.models import simgcl, xsimgcl
from jaxrec.models.simgcl import noisy_layers

N_USERS, N_ITEMS, DIM = 6, 7, 4
GRAPH = bipartite(power_law(N_USERS, N_ITEMS, 15))


def test_without_a_key_is_simgcl_without_a_key(key):
    model, other = (build(N_USERS, N_ITEMS, DIM, n_layers=3) for build in (xsimgcl, simgcl))
    params = model.init(key)
    expected = other.encode(params, GRAPH)
    jax.tree.map(np.testing.assert_array_equal, model.encode(params, GRAPH), expected)


@pytest.mark.parametrize("contrast_layer", [1, 3])
def test_with_a_key_the_noisy_mean_is_ranked_and_contrasted_with_its_layer(key, contrast_layer):
    model = xsimgcl(N_USERS, N_ITEMS, DIM, eps=0.3, contrast_layer=contrast_layer)
    params = model.init(key)
    reps = jax.jit(model.encode)(params, GRAPH, key=key)
    layers = noisy_layers((params["user"], params["item"]), GRAPH, 3, 0.3, key)
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    for table, first, *of_layers in zip((reps.query, reps.item), reps.first, *layers, strict=True):
        close(table, np.mean(of_layers, axis=0))
        close(table, first)
    jax.tree.map(close, reps.second, layers[contrast_layer - 1])


def test_another_key_gives_other_noise(key):
    model = xsimgcl(N_USERS, N_ITEMS, DIM)
    params = model.init(key)
    one, other = (model.encode(params, GRAPH, key=k) for k in jax.random.split(key))
    assert (one.query != other.query).any()


@pytest.mark.parametrize("layer", [0, 4])
def test_a_layer_that_is_not_there_is_refused(layer):
    with pytest.raises(InputError, match=f"contrast_layer is {layer}; give 1 to 3, the layers"):
        xsimgcl(N_USERS, N_ITEMS, n_layers=3, contrast_layer=layer)
