"""``python -m experiments.lightgcn_gowalla``."""

from experiments.program import program

program("lightgcn_gowalla")
