"""Forward push against the solved equation, and its bounds."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import forward_push, transitions
from tests.ops.walked import ALL, BOTH, DIRECTED, UNDIRECTED, N, exact_pagerank

EPS = (0.1, 1e-3, 1e-7)


@pytest.mark.parametrize("eps", EPS)
@pytest.mark.parametrize("source", range(N))
def test_what_is_missing_is_the_pagerank_of_the_residual(source, eps):
    found = forward_push(UNDIRECTED.lists, source, 0.2, eps)
    exact = np.array([exact_pagerank(node, 0.2, BOTH) for node in range(N)])
    np.testing.assert_allclose(found.mass + found.residual @ exact, exact[source], atol=1e-12)


@pytest.mark.parametrize("eps", EPS)
@pytest.mark.parametrize("source", range(N))
def test_residual_error_and_work_keep_their_bounds(source, eps):
    degree = np.bincount(BOTH[:, 0], minlength=N)
    found = forward_push(UNDIRECTED.lists, source, 0.2, eps)
    assert (found.residual < eps * np.maximum(degree, 1)).all() and (found.residual >= 0).all()
    missing = exact_pagerank(source, 0.2, BOTH) - found.mass
    assert (missing >= -1e-15).all() and (missing < eps * np.maximum(degree, 1)).all()
    assert found.n_steps <= 1 / (0.2 * eps)


@pytest.mark.parametrize("source", range(N))
def test_a_dead_end_leads_back_to_the_source(source):
    found = forward_push(DIRECTED.lists, source, 0.2, 1e-12)
    np.testing.assert_allclose(found.mass, exact_pagerank(source, 0.2, ALL), atol=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="the source is 9; give 0 to 8"):
        forward_push(UNDIRECTED.lists, N)
    with pytest.raises(InputError, match="restart is 1.0; give a chance between 0 and 1"):
        forward_push(UNDIRECTED.lists, 0, restart=1.0)
    with pytest.raises(InputError, match="eps is 0.0"):
        forward_push(UNDIRECTED.lists, 0, eps=0.0)


def test_a_push_keeps_the_restart_and_walks_every_edge_of_its_node():
    """Of two joined nodes one pushes: the other's residual, 0.4, is below eps."""
    pair = transitions(np.array([0, 1]), np.array([1, 0]), n_nodes=2).lists
    found = forward_push(pair, 0, restart=0.6, eps=0.5)
    np.testing.assert_allclose(found.mass, [0.6, 0.0])
    np.testing.assert_allclose(found.residual, [0.0, 0.4])
    assert found.n_steps == 1
