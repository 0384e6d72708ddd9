"""A graph for walks: hubs, leaves, a triangle, an isolated node and a dead end; and its laws."""

import numpy as np

from jaxrec.graph import transitions

N = 9
ISOLATED, END = 7, 8
"""A node without edges, and one that a single edge leads to and none from."""
EDGES = [(0, 1), (1, 2), (2, 0), (0, 3), (0, 4), (4, 5), (1, 4), (3, 6)]
BOTH = np.array([*EDGES, *(edge[::-1] for edge in EDGES)])
ALL = np.concatenate([BOTH, [[6, END]]])
WEIGHT = 1.0 + np.arange(len(ALL)) % 5

UNDIRECTED = transitions(*BOTH.T, N)
DIRECTED = transitions(*ALL.T, N)
WEIGHTED = transitions(*ALL.T, N, weight=WEIGHT)


def chances(ends=ALL, weight=None):
    """``P[v, x]``: the chance of a step from v to x; rows of dead ends are 0."""
    matrix = np.zeros((N, N))
    matrix[tuple(ends.T)] = 1.0 if weight is None else weight
    total = matrix.sum(1, keepdims=True)
    return np.divide(matrix, total, out=np.zeros((N, N)), where=total > 0)


def returning(matrix, source):
    """The same, dead ends leading back to ``source``."""
    matrix = matrix.copy()
    matrix[matrix.sum(1) == 0, source] = 1
    return matrix


def exact_pagerank(source, restart, ends=ALL):
    """Solves ``pi = a e_s + (1 - a) P^T pi``."""
    matrix = returning(chances(ends), source)
    return np.linalg.solve(np.eye(N) - (1 - restart) * matrix.T, restart * np.eye(N)[source])
