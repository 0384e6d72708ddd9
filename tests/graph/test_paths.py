import numpy as np

from jaxrec.graph import Paths, padded, strongest


def test_paths_of_two_lengths_stand_in_one_table():
    short = Paths(np.array([0.7]), np.array([[3, 1]]), np.array([[0]]), np.array([[True]]))
    ways = np.array([[False, True]])
    long = Paths(np.array([0.9]), np.array([[3, 1, 2]]), np.array([[0, 5]]), ways)
    both = padded([short, long])
    assert both.entity.tolist() == [[3, 1, -1], [3, 1, 2]]
    assert both.relation.tolist() == [[0, -1], [0, 5]]
    assert both.forward.tolist() == [[True, False], [False, True]]
    assert both.n_facts().tolist() == [1, 2]
    best = strongest(both, 5)
    assert best.weight.tolist() == [0.9, 0.7]
    assert best.forward.tolist() == [[False, True], [True, False]]


def test_a_fact_there_and_one_back_are_two():
    ends, kind = np.array([[3, 1]] * 3), np.zeros((3, 1), int)
    ways = np.array([[True], [False], [True]])
    best = strongest(Paths(np.array([0.25, 0.25, 0.5]), ends, kind, ways), 5)
    assert best.weight.tolist() == [0.75, 0.25] and best.forward.tolist() == [[True], [False]]


def test_of_no_paths_none_is_strongest():
    none = Paths(np.zeros(0), np.zeros((0, 2), int), np.zeros((0, 1), int), np.zeros((0, 1), bool))
    assert strongest(none, 3).weight.shape == (0,)
