"""``python -m experiments.lastfm_social``."""

from experiments.program import program

program("lastfm_social")
