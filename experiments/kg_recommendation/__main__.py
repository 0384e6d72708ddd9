"""``python -m experiments.kg_recommendation``."""

from experiments.program import program

program("kg_recommendation")
