"""Pages of docs: their Python and commands run, and every public name has a place in them."""

import ast
import importlib
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from jaxrec.cli.main import main
from tests.test_readme import commands, shortened, write_clicks

DOCS = Path(__file__).parents[1] / "docs"
NEEDS = {"# with the extra beam\n": "apache_beam", "# with the extra ann\n": "faiss"}


COMMAND_PAGES = ["get_started", "training", "transfer", "serving", "item_facts", "tune", "compare"]
"""Pages whose commands run one after the other, in this order."""


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


@pytest.mark.integration
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


@pytest.mark.integration
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


def test_the_blocks_of_get_started_fit_save_and_load(run):
    names = run("get_started.md")
    assert names["best"]["item"].to_list() == ["y"] and names["best"]["rank"].to_list() == [1]
    assert names["run"].recommend(["d"], k=2).equals(names["best"])


def test_the_blocks_of_the_contract_make_a_step(run):
    reps = run("contract.md")["reps"]
    assert (reps.query.shape, reps.item.shape) == ((659, 64), (2078, 64))


@pytest.mark.integration
def test_every_command_of_the_pages_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("clicks", "january", "february", "phones", "books"):
        write_clicks(tmp_path / f"{name}.csv")
    texts = [(DOCS / f"{page}.md").read_text() for page in COMMAND_PAGES]
    lines = commands("jaxrec", "\n".join(texts))
    assert len(lines) >= 18
    for words in lines:
        assert main(shortened(words, 1)) == 0, words


def raised_texts():
    """The text of every error that a caller can repair, ``\0`` where values stand."""
    for path in (DOCS.parent / "jaxrec").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (str(getattr(part, "value", "")) for part in node.values)
                constant = (isinstance(part, ast.Constant) for part in node.values)
                pairs = zip(parts, constant, strict=True)
                yield "".join(text if fixed else "\0" for text, fixed in pairs)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_messages_of_the_faq_are_those_of_the_code():
    titles = re.findall(r"^### `(.*)`$", (DOCS / "faq.md").read_text(), flags=re.MULTILINE)
    texts = list(raised_texts())
    assert len(titles) > 20
    for title in titles:
        parts = [re.escape(part.strip()) for part in title.split("...")]
        pattern = re.compile(".*".join(parts), re.DOTALL)
        assert any(pattern.search(text) for text in texts), title


def test_links_between_pages_lead_to_files():
    for page in DOCS.rglob("*.md"):
        if not {"_build", "experiments"} & set(page.relative_to(DOCS).parts):
            for target in re.findall(r"\]\(([^)#:]+\.md)", page.read_text()):
                assert (page.parent / target).is_file(), f"{page.name}: {target}"
