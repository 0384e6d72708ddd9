"""``python -m experiments.news``."""

from experiments.program import program

program("news")
