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


SLOW, FIRST, SECOND = (f"tests/data/test_all.py::test_{n}" for n in ("slow", "first", "second"))
QUICK, STARTER = (f"tests/data/test_quick.py::test_{n}" for n in ("quick", "starts_a_process"))


@pytest.mark.parametrize(
    ("line", "tests"),
    [
        (12, {QUICK, SLOW}),
        (16, {FIRST, SECOND}),
        (8, {QUICK, SECOND}),
        (4, {QUICK, SLOW, FIRST, SECOND}),
        (19, {QUICK, SLOW, FIRST, SECOND}),
    ],
    ids=["within a statement", "a shared fixture", "cached", "at import", "another process"],
)
def test_tests_of_a_line_come_before_those_that_start_processes(recorded, line, tests):
    *found, last = recorded.tests(FILE, line, PROJECT[FILE])
    assert sorted(found) == sorted(tests) and last == STARTER


def test_a_line_that_no_test_runs_is_met_by_all_of_its_package(recorded):
    found = recorded.tests("jaxrec/data/unknown.py", 1, "LIMIT = 3")
    assert set(found) == {QUICK, SLOW, FIRST, SECOND, STARTER}


def test_a_files_own_tests_come_first_then_quick_ones(recorded):
    own, text = recorded._replace(seconds=recorded.seconds.copy()), PROJECT[FILE]
    own.seconds.update({SLOW: 2.0, QUICK: 1.0})
    assert own.tests(FILE, 12, text)[:2] == [QUICK, SLOW]
    renamed = {"jaxrec/data/all.py": own.contexts[FILE]}
    found = own._replace(contexts=renamed).tests("jaxrec/data/all.py", 12, text)
    assert found[:2] == [SLOW, QUICK]


@pytest.mark.parametrize(
    ("line", "expected"), [(1, (1, 2)), (2, (1, 2)), (3, (3, 4)), (4, (3, 4)), (6, (6, 6))]
)
def test_the_statement_of_a_line_is_the_smallest_and_of_a_block_its_head(line, expected):
    text = "if (a and\n    b):\n    x = (1 +\n         2)\n\ny = 1\n"
    assert statement(text, line) == expected
