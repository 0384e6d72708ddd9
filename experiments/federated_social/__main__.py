"""``python -m experiments.federated_social``."""

from experiments.program import program

program("federated_social")
