"""The page that leads from the terms of lectures to code names only what there is."""

import dataclasses
import importlib
import re
import shlex

import pytest

from jaxrec.cli.main import COMMANDS
from jaxrec.runs.model_options import kind
from tests.test_docs import DOCS

TEXT = (DOCS / "lectures.md").read_text()
NAMES = sorted(set(re.findall(r"`([a-z]+)\.([A-Za-z_]\w*)`", TEXT)))
COMMAND_LINES = sorted(set(re.findall(r"`(jaxrec [^`]+)`", TEXT)))


def test_every_function_and_experiment_is_there():
    assert len(NAMES) > 60
    for package, name in NAMES:
        if package == "experiments":
            importlib.import_module(f"experiments.{name}")
        elif (package, name) != ("jaxrec", "PACKAGE"):
            assert hasattr(importlib.import_module(f"jaxrec.{package}"), name), f"{package}.{name}"


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_every_command_has_its_options(line):
    _, verb, *words = shlex.split(line)
    assert verb in COMMANDS
    if verb == "train":
        model = words[words.index("--model") + 1] if "--model" in words else "lightgcn"
        fields = {field.name for field in dataclasses.fields(kind(model))}
        for word in words:
            if word.startswith("--"):
                name = word.removeprefix("--").replace("-", "_")
                assert name in fields or name.removeprefix("no_") in fields, word


SYSTEMS = "MF NGCF LightGCN BGCF NIA-GCN GCN SGC GraphSAGE GAT node2vec PinSage PinnerSage TwHIN "
SYSTEMS += "RippleNet KGNN-LS MutualRec HeteroGraphRec SR-HGNN DisenHAN Wang GNewsRec FeSoG PCRec "
SYSTEMS += "PageRank"


@pytest.mark.parametrize("system", SYSTEMS.split())
def test_every_system_of_the_lectures_has_a_row(system):
    named = re.compile(rf"\| [^|]*\b{system}\b[^|]*\|.*`\w+\.\w+`")
    assert any(named.match(row) for row in TEXT.splitlines())
