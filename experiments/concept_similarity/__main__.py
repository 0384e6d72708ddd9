"""``python -m experiments.concept_similarity``."""

from experiments.program import program

program("concept_similarity")
