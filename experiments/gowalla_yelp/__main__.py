"""``python -m experiments.gowalla_yelp``."""

from experiments.program import program

program("gowalla_yelp")
