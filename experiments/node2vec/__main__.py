"""``python -m experiments.node2vec``."""

from experiments.program import program

program("node2vec")
