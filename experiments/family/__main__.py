"""``python -m experiments.family``."""

from experiments.program import program

program("family")
