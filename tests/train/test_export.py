"""Training lowers for accelerators that are not here; nothing is run on them.

The CPU's product of compressed rows is a foreign call that only CPUs have; elsewhere it must
lower to operations of XLA. ``pallas`` alone is a foreign call everywhere.
"""

from functools import partial

import jax
import jax.numpy as jnp
import optax
import pytest

from jaxrec.data import checkerboard
from jaxrec.graph import bipartite, user_items
from jaxrec.losses import bpr
from jaxrec.models import lightgcn
from jaxrec.ops import prepare
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, l2_rows, objective, rank, step
from tests.ops.propagate.graphs import FORMULATIONS
from tests.ops.propagate.test_export import exported

N = 16
TRAIN = checkerboard(N).train
LIKES = jax.tree.map(jnp.asarray, user_items(TRAIN))
MODEL = lightgcn(N, N, dim=8, n_layers=1)
STEP = step(objective(MODEL, rank=(1.0, rank(MODEL, bpr)), l2=(1e-4, l2_rows)), optax.adam(0.01))
SAMPLE = partial(user_uniform, n_items=N, batch_size=8)

# Pallas' kernel for GPU goes through Triton.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The Pallas Triton backend is deprecated:DeprecationWarning"
)


@pytest.mark.parametrize("platform", ["tpu", "cuda"])
@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.integration
def test_an_epoch_of_steps_lowers(formulation, platform, key):
    state = STEP.init(MODEL.init(key), key)
    graph = prepare(bipartite(TRAIN), formulation, n_users=N)
    program = exported(epoch(STEP, SAMPLE, 3), platform, state, graph, LIKES)
    assert program.platforms == (platform,)
    assert ("custom_call" in program.mlir_module()) == (formulation == "pallas")
