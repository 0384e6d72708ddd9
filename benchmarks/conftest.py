"""Modules that need an extra are collected only with it."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["torch_*.py"]
