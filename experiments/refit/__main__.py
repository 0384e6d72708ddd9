"""``python -m experiments.refit``."""

from experiments.program import program

program("refit")
