"""Training lowers for accelerators that are not here; nothing is run on them.

The CPU's product of compressed rows is a foreign call that only CPUs have; elsewhere it must
lower to operations of XLA.
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

N = 16
TRAIN = checkerboard(N).train
LIKES = jax.tree.map(jnp.asarray, user_items(TRAIN))
MODEL = lightgcn(N, N, dim=8)
STEP = step(objective(MODEL, rank=(1.0, rank(MODEL, bpr)), l2=(1e-4, l2_rows)), optax.adam(0.01))
SAMPLE = partial(user_uniform, n_items=N, batch_size=8)
FORMULATIONS = ["segment_sum", "chunked", "bcoo", "bcsr", "buckets", "dense"]


@pytest.mark.parametrize("platform", ["tpu", "cuda"])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_step_and_epoch_lower(formulation, platform, key):
    state = STEP.init(MODEL.init(key), key)
    graph = prepare(bipartite(TRAIN), formulation, n_users=N)
    lower = lambda run, *arguments: jax.export.export(run, platforms=[platform])(*arguments)
    update = lower(jax.jit(STEP.update), state, graph, SAMPLE(key, LIKES))
    whole = lower(epoch(STEP, SAMPLE, 3), state, graph, LIKES)
    for exported in (update, whole):
        assert exported.platforms == (platform,)
        assert "custom_call" not in exported.mlir_module()
