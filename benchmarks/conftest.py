"""Modules that need an extra are collected only with it."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["torch_steps.py"]
