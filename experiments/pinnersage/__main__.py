"""``python -m experiments.pinnersage``."""

from experiments.program import program

program("pinnersage")
