"""``python -m experiments.social_ratings``."""

from experiments.program import program

program("social_ratings")
