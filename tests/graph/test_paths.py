import numpy as np

from jaxrec.graph import Paths, padded, strongest


def test_paths_of_two_lengths_stand_in_one_table():
    short = Paths(np.array([0.7]), np.array([[3, 1]]), np.array([[0]]))
    long = Paths(np.array([0.9]), np.array([[3, 1, 2]]), np.array([[0, 5]]))
    both = padded([short, long])
    assert both.entity.tolist() == [[3, 1, -1], [3, 1, 2]]
    assert both.relation.tolist() == [[0, -1], [0, 5]]
    assert strongest(both, 5).weight.tolist() == [0.9, 0.7]


def test_of_no_paths_none_is_strongest():
    none = Paths(np.zeros(0), np.zeros((0, 2), int), np.zeros((0, 1), int))
    assert strongest(none, 3).weight.shape == (0,)
