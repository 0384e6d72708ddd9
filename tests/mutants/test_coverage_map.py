"""Faults are shown to the tests that run their line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.coverage_map import FOLDER, CoverageMap, read, statement

PROJECT = {
    "jaxrec/__init__.py": "",
    "jaxrec/data/__init__.py": "",
    "jaxrec/data/sums.py": """
import functools

LIMIT = 3

@functools.cache
def kept():
    return 5

def double(x):
    return (
        2 * x
    )

def start():
    return LIMIT

def elsewhere():
    return 4
""",
    "tests/data/test_all.py": """
import pytest
from jaxrec.data import sums

@pytest.fixture(scope="module")
def started():
    return sums.start()

def test_slow():
    assert sums.double(1) == 2

def test_first(started):
    assert started == 3

def test_second(started):
    assert started > 2
    assert sums.kept() == 5
""",
    "tests/data/test_quick.py": """
import subprocess, sys
from jaxrec.data import sums

def test_quick():
    assert sums.double(2) == 4
    assert sums.kept() == 5

def test_starts_a_process():
    program = "from jaxrec.data import sums; sums.elsewhere()"
    subprocess.run([sys.executable, "-c", program], check=True)
""",
}
FILE = "jaxrec/data/sums.py"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> CoverageMap:
    root, folder = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("map")
    for name, text in PROJECT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.coverage_map"]
    words += ["-c", os.devnull, "--rootdir", str(root), "--import-mode=importlib", "tests"]
    path = f"{root}{os.pathsep}{Path(__file__).parents[2]}"
    environment = os.environ | {FOLDER: str(folder), "PYTHONPATH": path}
    subprocess.run(words, cwd=root, env=environment, check=True)
    return read(folder)


ALL = {f"test_all.py::test_{name}" for name in ("slow", "first", "second")}
ALL |= {f"test_quick.py::test_{name}" for name in ("quick", "starts_a_process")}


@pytest.mark.parametrize(
    ("line", "tests"),
    [
        (12, {"test_quick.py::test_quick", "test_all.py::test_slow"}),
        (16, {"test_all.py::test_first", "test_all.py::test_second"}),
        (8, {"test_quick.py::test_quick", "test_all.py::test_second"}),
        (4, ALL),
        (19, ALL),
    ],
    ids=["within a statement", "a shared fixture", "cached", "at import", "another process"],
)
def test_tests_of_a_line(recorded, line, tests):
    found = recorded.tests(FILE, line, PROJECT[FILE])
    assert sorted(found) == sorted(f"tests/data/{test}" for test in tests)


def test_a_files_own_tests_come_first_then_quick_ones(recorded):
    own, text = recorded._replace(seconds=recorded.seconds.copy()), PROJECT[FILE]
    slow, quick = "tests/data/test_all.py::test_slow", "tests/data/test_quick.py::test_quick"
    own.seconds.update({slow: 2.0, quick: 1.0})
    assert own.tests(FILE, 12, text) == [quick, slow]
    renamed = {"jaxrec/data/all.py": own.contexts[FILE]}
    assert own._replace(contexts=renamed).tests("jaxrec/data/all.py", 12, text) == [slow, quick]


@pytest.mark.parametrize(
    ("line", "expected"), [(1, (1, 2)), (2, (1, 2)), (3, (3, 4)), (4, (3, 4)), (6, (6, 6))]
)
def test_the_statement_of_a_line_is_the_smallest_and_of_a_block_its_head(line, expected):
    text = "if (a and\n    b):\n    x = (1 +\n         2)\n\ny = 1\n"
    assert statement(text, line) == expected
