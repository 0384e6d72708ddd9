"""``python -m experiments.node_classification``."""

from experiments.program import program

program("node_classification")
