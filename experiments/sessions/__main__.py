"""``python -m experiments.sessions``."""

from experiments.program import program

program("sessions")
