"""Defaults of the models that people try first, against the best of a search."""
