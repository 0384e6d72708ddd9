"""``python -m experiments.cross_domain``."""

from experiments.program import program

program("cross_domain")
