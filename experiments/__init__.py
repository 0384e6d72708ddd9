"""Experiments: one folder a question, each ``python -m experiments.NAME``."""
