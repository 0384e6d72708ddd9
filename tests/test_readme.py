"""The README's commands run in order in an empty folder: as they stand, or trained less."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest

from jaxrec import registry
from jaxrec.cli.main import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
AS_THEY_STAND = pytest.param(None, marks=pytest.mark.slow)


def commands(program: str, text: str = README) -> list[list[str]]:
    """Words after ``program`` of every line that runs it, in blocks of bash of a page."""
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if shlex.split(part)[0] == program]


def write_clicks(path: Path) -> None:
    """Clicks of the kind the README speaks of: named columns, users ann and bob."""
    names = ["ann", "bob", *(f"c{n}" for n in range(98))]
    rows = [(name, f"p{(u + 7 * n) % 90}") for u, name in enumerate(names) for n in range(40)]
    pl.DataFrame(rows, schema=["customer", "product"], orient="row").write_csv(path)


def shortened(words: list[str], n_epochs: int | None) -> list[str]:
    """The same command, shorter: so many epochs, two trials, two steps of pretraining."""
    model = words[words.index("--model") + 1] if "--model" in words else "lightgcn"
    if n_epochs and words[0] == "tune":
        return [*words, "--trials", "2"]
    if n_epochs and words[0] == "pretrain":
        return [*words, "--steps", "2"]
    trains = words[0] == "train" and registry.entry(model).trained
    return [*words, "--epochs", str(n_epochs)] if trains and n_epochs else words


@pytest.mark.parametrize("n_epochs", [1, AS_THEY_STAND])
def test_every_jaxrec_command_of_the_readme_runs(n_epochs, tmp_path, monkeypatch, capfd, request):
    if n_epochs is None:
        request.getfixturevalue("optimized")
    monkeypatch.chdir(tmp_path)
    write_clicks(tmp_path / "clicks.csv")
    lines = commands("jaxrec")
    assert len(lines) >= 7
    for words in lines:
        assert main(shortened(words, n_epochs)) == 0, words
    printed = capfd.readouterr().out
    assert "Recommendations" in printed and "popularity" in printed
    recommendations = pl.read_csv("recommendations.csv")
    assert recommendations.columns == ["user", "item", "rank", "score", "title"]


def test_the_readme_is_short_and_its_links_lead_somewhere():
    text = (ROOT / "README.md").read_text()
    assert 6000 <= len(text.encode()) <= 8000
    links = re.findall(r"\]\(([\w/.]+)\)", text)
    assert len(links) > 10 and all((ROOT / link).is_file() for link in links)


def test_the_readme_names_only_modules_that_run():
    for words in commands("python"):
        assert words[0] == "-m"
        folder = ROOT / words[1].replace(".", "/")
        assert (folder / "__main__.py").exists() or folder.with_suffix(".py").exists()
