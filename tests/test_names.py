"""Names that the changelog calls old are used nowhere."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
TABLE = re.findall(r"^\| `([\w.-]+)` \| `([\w.-]+)` \|$", CHANGELOG, flags=re.MULTILINE)
PUBLIC = [(old, new) for old, new in TABLE if re.fullmatch(r"[a-z_]+\.\w+", new)]
TEXTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/*/README.md")]
BRITISH = re.compile(
    r"neighbour|behaviour|colour|favour|labelled|"
    r"(normal|factor|optim|initial|quant|regular|personal|random)(ise|ising|isation)",
    re.IGNORECASE,
)


def test_the_table_of_names_was_read():
    assert len(PUBLIC) > 50 and ("ops.times", "ops.sparse_matmul") in PUBLIC


@pytest.mark.parametrize(("old", "new"), PUBLIC)
def test_a_package_has_the_new_name_and_not_the_old_one(old, new):
    package = importlib.import_module(f"jaxrec.{new.partition('.')[0]}")
    assert hasattr(package, new.partition(".")[2])
    assert not callable(vars(package).get(old.partition(".")[2]))  # A module may be called so.


def test_texts_and_code_use_no_old_name_and_one_spelling():
    found = []
    olds = [re.escape(old) for old, _ in TABLE]
    pattern = re.compile(rf"(?<![\w./])(?:{'|'.join(olds)})(?![\w/]|\.(?:py|\w+\())")
    code = [path for folder in ("jaxrec", "experiments") for path in (ROOT / folder).rglob("*.py")]
    for path in [*TEXTS, *code]:
        if path.name in ("CHANGELOG.md", "formats.py"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            wrong = BRITISH.search(line) or (path.suffix == ".md" and pattern.search(line))
            if wrong:
                found.append(f"{path.relative_to(ROOT)}:{number}: {wrong.group()}")
    assert not found, "\n".join(found)
