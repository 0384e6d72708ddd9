"""Benchmarks: each is ``python -m benchmarks.NAME``; results of record stand in ``results/``."""
