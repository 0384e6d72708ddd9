"""What ``prepare`` returns, and what it refuses in a line that names the repair."""

import inspect
from typing import get_args

import jax
import jraph
import numpy as np
import pytest
from jax.sharding import AxisType

from jaxrec.base import InputError
from jaxrec.data import checkerboard
from jaxrec.graph import bipartite
from jaxrec.ops import Adjacency, Backend, device_mesh, edge_list, prepare, propagate
from jaxrec.ops.propagate import dense as dense_layout
from jaxrec.ops.propagate.sharded import AXES
from tests.ops.propagate.graphs import (
    FORMULATIONS,
    LAYOUTS,
    assert_close,
    dense,
    make,
    sample,
    symmetric,
    tables,
)

GRAPH = sample(symmetric)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_the_named_formulation_is_on_the_device(formulation):
    prepared = prepare(GRAPH, formulation)
    assert isinstance(prepared, Adjacency) == (formulation in LAYOUTS)
    assert isinstance(prepared, jraph.GraphsTuple) == (formulation == "segment_sum")
    leaves = jax.tree.leaves(prepared)
    assert leaves and all(isinstance(leaf, jax.Array) for leaf in leaves)


def test_auto_is_the_default_and_gives_the_product():
    x = tables(8, seed=0)[0, 0]
    assert_close(propagate(x, prepare(GRAPH)), dense(GRAPH) @ x)
    assert jax.tree.structure(prepare(GRAPH)) == jax.tree.structure(prepare(GRAPH, "auto"))


def test_a_graph_of_interactions_is_kept_once_for_both_passes():
    graph = bipartite(checkerboard(6).train)
    for n_users in (None, 6):
        assert prepare(graph, "bcsr", n_users=n_users).transposed is None


def test_an_unknown_formulation_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="no formulation is called 'csr'; choose one of auto, .*"):
        inspect.unwrap(prepare)(GRAPH, "csr")  # The tests' own check of types would refuse it.


@pytest.mark.parametrize("formulation", get_args(Backend))
def test_several_weights_an_edge_are_refused(formulation):
    several = GRAPH._replace(edges=np.ones((len(GRAPH.senders), 1), np.float32))
    with pytest.raises(InputError, match=r"\(22, 1\); one weight an edge \[E\] is needed"):
        prepare(several, formulation)


@pytest.mark.parametrize("build", [prepare, edge_list], ids=["prepare", "edges"])
@pytest.mark.parametrize("wrong", [-1, 8])
@pytest.mark.parametrize("name", ["senders", "receivers"])
def test_an_edge_that_ends_outside_of_the_graph_is_refused(name, wrong, build):
    ends = getattr(GRAPH, name).copy()
    ends[3] = wrong
    with pytest.raises(InputError, match=f"{name} hold {wrong}; give 0 to 7, the nodes"):
        build(GRAPH._replace(**{name: ends}))


def test_a_graph_that_is_not_bipartite_is_refused_with_the_number_of_edges_within_a_side():
    graph = make([0, 1, 3, 4], [3, 2, 4, 0], None, 5)  # 1 -> 2 among users, 3 -> 4 among items.
    expected = "2 edges join two users or two items at n_users=3; leave n_users out"
    with pytest.raises(InputError, match=expected):
        prepare(graph, "bcsr", n_users=3)


def test_a_dense_matrix_past_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(dense_layout, "LIMIT", 63)
    with pytest.raises(InputError, match="8 x 8 entries passes the limit of 63; choose another"):
        prepare(GRAPH, "dense")


def test_a_mesh_without_the_axes_is_refused():
    mesh = jax.make_mesh((1,), ("data",), axis_types=(AxisType.Auto,))
    with pytest.raises(InputError, match=r"axes \('data',\); make it by ops.device_mesh"):
        prepare(GRAPH, "bcsr", mesh=mesh)


def test_a_mesh_with_explicit_axes_is_refused():
    mesh = jax.make_mesh((1, 1, 1), AXES, axis_types=(AxisType.Explicit,) * 3)
    with pytest.raises(InputError, match=r"Explicit.*or with axis_types=AxisType.Auto"):
        prepare(GRAPH, "bcsr", mesh=mesh)


def test_a_mesh_of_more_devices_than_there_are_is_refused():
    message = r"2 x 3 x 4 needs 24 devices and there are \d+ \(\w+\); on CPU, XLA_FLAGS=--xla_force"
    with pytest.raises(InputError, match=message):
        device_mesh(2, 3, 4)


def test_a_mesh_of_no_devices_is_refused():
    with pytest.raises(InputError, match="a mesh of 1 x 0 x 1; give 1 or more of each"):
        device_mesh(1, 0, 1)
