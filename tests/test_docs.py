"""The Python of three pages of docs runs, block after block, as it stands."""

import ast
import importlib
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[1] / "docs"
NEEDS = {"# with the extra beam\n": "apache_beam", "# with the extra ann\n": "faiss"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a page in an empty folder and returns its names."""
    monkeypatch.chdir(tmp_path)

    def blocks(page: str) -> dict:
        names, text = {}, (DOCS / page).read_text()
        for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
            needed = [package for line, package in NEEDS.items() if block.startswith(line)]
            if all(find_spec(package) for package in needed):
                exec(compile(block, page, "exec"), names)
        return names

    return blocks


def test_the_blocks_of_web_scale_run_in_order(run):
    names = run("web_scale.md")
    catalogue, n_items = names["catalogue"], names["n_items"]
    assert names["band"].shape == (n_items, 100) and int(names["progress"].state.step) == 20
    # The two new items are the first two again.
    np.testing.assert_allclose(names["new"], catalogue.item[:2], atol=1e-5)
    score = names["new"] @ catalogue.item.T
    nearest = -np.sort(-score, axis=1)[:, :5]
    np.testing.assert_allclose(np.take_along_axis(score, names["best"], 1), nearest, atol=1e-5)
    np.testing.assert_allclose(score[:, names["found"][:, 0]].diagonal(), nearest[:, 0], atol=1e-5)
    assert len(names["interests"].medoid) >= 1
    if find_spec("apache_beam"):
        order = np.argsort(names["ids"])
        np.testing.assert_allclose(names["vector"], catalogue.item[order], atol=1e-6)


def test_the_blocks_of_facts_run_in_order_and_find_what_was_held_out(run):
    names = run("facts.md")
    assert names["found"].keys() == {"both", "tail", "head"} and names["after"] == "stop 8"
    assert isinstance(names["state"].params["entity"], np.ndarray)
    for way in ("found", "drawn", "parted"):
        assert names[way]["both"]["mrr"] > 0.5, way  # Chance is 0.1.
    own = np.arange(30)[:, None] % 3  # A genre has ten films, as long as a list.
    assert np.mean(names["nearest"] // 10 == own) > 0.8  # Chance is a third.


def test_the_model_of_own_models_learns_who_likes_which_half(run):
    names = run("own_models.md")
    assert len(names["losses"]) == 20 and names["losses"][-1] < names["losses"][0]
    half = {row["user"]: int(row["item"]) // 6 for row in names["lists"].to_dicts()}
    assert half == {0: 0, 1: 1}  # Even users have the first half of the items.


@pytest.fixture(scope="module")
def generated():
    """What makes pages from the code when the site is built."""
    sys.path.insert(0, str(DOCS / "_ext"))
    yield importlib.import_module("generated")
    sys.path.remove(str(DOCS / "_ext"))


def exported():
    """``package.name`` of what every ``__init__`` of a package exports."""
    for path in sorted((DOCS.parent / "jaxrec").glob("*/__init__.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom):
                yield from (f"{path.parent.name}.{alias.asname}" for alias in node.names)


def test_every_public_name_has_an_entry_in_the_reference(generated):
    pages = generated.reference()
    pattern = (
        r"^(?:\.\. (?:autoclass|autofunction|py:data):: jaxrec\.([\w.]+)|``jaxrec\.([\w.]+)`` is)"
    )
    found = re.findall(pattern, "\n".join(pages.values()), flags=re.MULTILINE)
    entries = [one or other for one, other in found]
    assert set(exported()) <= set(entries)
    assert {"Dataset", "fit", "load", "read", "tune", "base.Model", "base.Batch"} <= set(entries)
    assert len(entries) == len(set(entries))


def test_every_public_constant_says_what_it_is(generated):
    silent = [
        name
        for name in exported()
        for package, _, last in [name.partition(".")]
        for value in [getattr(importlib.import_module(f"jaxrec.{package}"), last)]
        if not callable(value) and not generated.constant_docs().get((package, last))
    ]
    assert silent == []


def test_every_model_and_command_has_a_page_with_its_options(generated):
    from jaxrec.cli.main import COMMANDS
    from jaxrec.registry import MODELS

    pages = generated.models()
    assert set(pages) == {"models/index.rst", *(f"models/{name}.rst" for name in MODELS)}
    assert "``--n-layers INT``" in pages["models/lightgcn.rst"]
    assert "arxiv.org/abs/2002.02126" in pages["models/lightgcn.rst"]
    (printed,) = generated.commands().values()
    assert all(f"usage: jaxrec {name}" in printed for name in COMMANDS)
