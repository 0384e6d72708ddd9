"""``python -m experiments.typed_network``."""

from experiments.program import program

program("typed_network")
