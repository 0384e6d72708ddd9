"""The page that leads from lectures to code names what exists."""

import importlib
import re
from pathlib import Path

from jaxrec.cli.main import COMMANDS
from jaxrec.registry import MODELS
from tests.test_layers import LAYERS

ROOT = Path(__file__).parents[1]
CODE = re.findall(r"`([^`]+)`", (ROOT / "docs" / "lectures.md").read_text())


def test_every_function_exists():
    names = [re.match(r"(\w+)\.(\w+)$", code) for code in CODE]
    found = [(m[1], m[2]) for m in names if m and m[1] in LAYERS]
    assert len(found) >= 10
    for package, name in found:
        assert hasattr(importlib.import_module(f"jaxrec.{package}"), name), f"{package}.{name}"


def test_every_command_and_its_model_exist():
    for code in CODE:
        words = code.split()
        if words[0] == "jaxrec":
            assert words[1] in COMMANDS, code
            if "--model" in words:
                assert words[words.index("--model") + 1] in MODELS, code


def test_every_experiment_exists():
    for code in CODE:
        if code.startswith("experiments."):
            assert (ROOT / code.replace(".", "/") / "run.py").is_file(), code
