"""``python -m experiments.link_prediction``."""

from experiments.program import program

program("link_prediction")
