"""``python -m experiments.friends``."""

from experiments.program import program

program("friends")
