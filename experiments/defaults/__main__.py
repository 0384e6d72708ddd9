"""``python -m experiments.defaults``."""

from experiments.program import program

program("defaults")
