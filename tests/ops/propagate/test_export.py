"""Programs for TPU and CUDA, lowered on a machine that may have neither.

What ``bcsr`` becomes there: its product is a custom call on CPU alone. For CUDA and TPU JAX counts
receivers up from ``indptr`` (a scatter of ones and a cumulative sum), gathers ``[E, d]`` messages,
scales and scatter-adds them, as ``bcoo`` does with receivers that are stored. The call on CPU
is one whose stability JAX does not promise, so a program with ``bcsr`` is not exported for CPU.
"""

import re
from typing import get_args

import jax
import jax.numpy as jnp
import pytest

from jaxrec.ops import Backend, edge_list, prepare, propagate, weighted_spmm
from tests.ops.propagate.graphs import r_normalized, sample, tables

GRAPH = sample(r_normalized)
X = tables(8, seed=0)[0, 0]
KINDS = {"tpu": ("tpu", "TPU v5 lite"), "cuda": ("gpu", "NVIDIA H100")}
# JAX promises no later version for what it hands to Triton, and asks that this be accepted.
TRITON = jax.export.DisabledSafetyCheck.custom_call("__gpu$xla.gpu.triton")
CPU_ALONE = "cpu_csr_sparse_dense_ffi"

every_platform = pytest.mark.parametrize("platform", KINDS)
# Pallas' kernel for GPU goes through Triton.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The Pallas Triton backend is deprecated:DeprecationWarning"
)


def exported(function, platform, *arguments):
    """The program as it is stored; pytrees become their arrays, which need no registration."""
    leaves, tree = jax.tree.flatten(arguments)
    of_leaves = jax.jit(lambda *leaves: function(*tree.unflatten(leaves)))
    kind, device = KINDS[platform]
    target = jax.sharding.AbstractDevice(device_kind=device, num_cores=1, platform=kind)
    mesh = jax.sharding.AbstractMesh((), (), abstract_device=target)
    with jax.sharding.use_abstract_mesh(mesh):
        export = jax.export.export(of_leaves, platforms=[platform], disabled_checks=[TRITON])
        return export(*leaves)


def half_square(x, graph):
    return jnp.sum(propagate(x, graph) ** 2) / 2


def assert_stored_for(platform, program):
    assert program.platforms == (platform,)
    assert len(program.mlir_module_serialized) > 1000
    assert CPU_ALONE not in program.mlir_module()


@every_platform
@pytest.mark.parametrize("formulation", get_args(Backend))
@pytest.mark.integration
def test_value_and_gradient_of_every_formulation_lower(formulation, platform):
    prepared = prepare(GRAPH, formulation)
    program = exported(jax.value_and_grad(half_square), platform, X, prepared)
    assert_stored_for(platform, program)
    assert [leaf.shape for leaf in program.out_avals] == [(), X.shape]


@every_platform
def test_attention_and_its_gradients_lower(platform):
    half_square = lambda x, weight, edges: jnp.sum(weighted_spmm(x, weight, edges) ** 2) / 2
    weight = jnp.asarray(GRAPH.edges)
    both = jax.value_and_grad(half_square, (0, 1))
    program = exported(both, platform, X, weight, edge_list(GRAPH))
    assert_stored_for(platform, program)
    assert [leaf.shape for leaf in program.out_avals] == [(), X.shape, weight.shape]


@every_platform
@pytest.mark.parametrize("formulation", ["buckets", "dense"])
def test_neither_pass_of_buckets_and_dense_scatters_edges(formulation, platform):
    prepared = prepare(GRAPH, formulation)
    program = exported(jax.value_and_grad(half_square), platform, X, prepared)
    # No row of this graph has several pieces, whose sums would be scattered.
    assert "stablehlo.scatter" not in program.mlir_module()


@every_platform
def test_bcsr_gathers_and_scatters_messages_where_there_is_no_kernel(platform):
    text = exported(propagate, platform, X, prepare(GRAPH, "bcsr")).mlir_module()
    assert "custom_call" not in text
    n_edges = prepare(GRAPH, "bcoo").rows.weight.shape[0]
    messages = f"tensor<{n_edges}x{X.shape[1]}xf32>"
    gathered = rf'"stablehlo.gather"\(.* -> {messages}'
    assert re.search(gathered, text)
    assert len(re.findall(r'"stablehlo.scatter"\(', text)) == 2  # Receivers, then messages.


def test_bcsr_is_a_custom_call_on_cpu_which_jax_does_not_export():
    arguments = X, prepare(GRAPH, "bcsr")
    lowered = jax.jit(propagate).trace(*arguments).lower(lowering_platforms=("cpu",))
    assert CPU_ALONE in lowered.as_text()
    with pytest.raises(ValueError, match="no compatibility guarantees"):
        jax.export.export(jax.jit(propagate), platforms=["cpu"])(*arguments)
