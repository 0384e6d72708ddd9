"""Which tests run which lines of the project, recorded once, so that a fault is met at once.

As a pytest plugin (``-p tests.mutants.coverage_map``) it writes two files per process into the
folder that ``JAXREC_COVERAGE_MAP`` names: lines by test, for coverage.py to read, and seconds by
test. What a fixture of many tests runs counts for all tests that use it.
"""

import ast
import functools
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import pytest

FOLDER = "JAXREC_COVERAGE_MAP"
_running: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Starts to record, in each process that runs tests."""
    folder = Path(os.environ[FOLDER])
    own = str(os.getpid())
    recorded = coverage.Coverage(folder / f"{own}.coverage", include=["jaxrec/*"])
    recorded.set_option("run:relative_files", True)
    # One process gives out tests and runs none.
    recorded.set_option("run:disable_warnings", ["no-data-collected"])
    recorded.start()
    start = subprocess.Popen.__init__

    def counted(process: subprocess.Popen, *words: Any, **options: Any) -> None:
        _running["started"] = True
        start(process, *words, **options)

    setattr(subprocess.Popen, "__init__", counted)  # noqa: B010
    _running.update(coverage=recorded, tests=(folder / f"{own}.jsonl").open("a"))


def pytest_sessionfinish() -> None:
    """Writes what was recorded."""
    _running["coverage"].stop()
    _running["coverage"].save()
    _running["tests"].close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Lines run from here on are this test's."""
    start = time.perf_counter()
    _running["coverage"].switch_context(item.nodeid)
    _running.update(now=item.nodeid, started=False)
    _forget()
    yield
    _running["coverage"].switch_context("")
    found = [known[-1] for known in item._fixtureinfo.name2fixturedefs.values() if known]
    shared = [name for name in map(_shared, found) if name]
    row = {"test": item.nodeid, "seconds": time.perf_counter() - start, "shared": shared}
    row["starts"] = _running["started"]
    print(json.dumps(row), file=_running["tests"], flush=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef) -> Iterator[None]:
    """Lines that a shared fixture runs are those of its users."""
    before, name = _running.get("now", ""), _shared(fixturedef)
    if name is None:
        yield
        return
    _running["coverage"].switch_context(name)
    _running["now"] = name
    yield
    _running["coverage"].switch_context(before)
    _running["now"] = before


def _forget() -> None:
    """Empties caches of the project's functions, whose lines would be the first caller's alone."""
    for name, module in list(sys.modules.items()):
        if name.startswith("jaxrec"):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _shared(fixture: pytest.FixtureDef) -> str | None:
    return None if fixture.scope == "function" else f"{fixture.baseid}::<{fixture.argname}>"


class CoverageMap(NamedTuple):
    """What one run of all tests recorded.

    Attributes:
      contexts: by file and line, which tests and shared fixtures ran it.
      seconds: by test.
      users: tests by shared fixture.
      starters: tests that start processes, of whose lines nothing is known.
    """

    contexts: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]
    users: dict[str, list[str]]
    starters: set[str]

    def tests(self, file: str, line: int, text: str) -> list[str]:
        """Tests that run a line of ``text``, then those that start other processes.

        Where no test runs it, as it is read at import, those that run any line of the file come
        first, or all of its package. Files come in order of the time that their tests take, the
        file's own first; a file's tests stay together, for they share fixtures.
        """
        by_line = self.contexts.get(file, {})
        first, last = statement(text, line)
        found = self._tests_of(
            {name for at in range(first, last + 1) for name in by_line.get(at, ())}
        )
        _, package, *_, stem = Path(file).with_suffix("").parts
        if not found:
            found = set().union(*map(self._tests_of, map(set, by_line.values())))
        if not found:
            found = {test for test in self.seconds if test.startswith(f"tests/{package}/")}

        def ordered(chosen: set[str]) -> list[str]:
            files = defaultdict(list)
            for test in self.seconds:  # In the order of running.
                if test in chosen:
                    files[test.split("::")[0]].append(test)

            def cost(test_file: str) -> tuple[bool, float]:
                own = package in test_file and Path(test_file).name == f"test_{stem}.py"
                return not own, sum(self.seconds[test] for test in files[test_file])

            return [test for test_file in sorted(files, key=cost) for test in files[test_file]]

        return ordered(found) + ordered(self.starters - found)

    def _tests_of(self, names: set[str]) -> set[str]:
        users = {test for name in names for test in self.users.get(name, ())}
        return users | (names & self.seconds.keys())


def statement(text: str, line: int) -> tuple[int, int]:
    """First and last line of the smallest statement at ``line``: of ``if`` and such the head."""
    best = (line, line)
    for node in ast.walk(ast.parse(text)):  # Outer ones first.
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno
            if line <= max(end or 0, node.lineno):
                best = node.lineno, max(end or 0, node.lineno)
    return best


def read(folder: Path) -> CoverageMap:
    """What the plugin wrote."""
    contexts: dict[str, dict[int, list[str]]] = {}
    for path in sorted(folder.glob("*.coverage")):
        data = coverage.CoverageData(str(path))
        data.read()
        for measured in data.measured_files():
            lines = contexts.setdefault(measured, defaultdict(list))
            for line, names in data.contexts_by_lineno(measured).items():
                lines[line] += [name for name in names if name]
    seconds, users, starters = {}, defaultdict(list), set()
    for path in sorted(folder.glob("*.jsonl")):
        for row in map(json.loads, path.read_text().splitlines()):
            seconds[row["test"]] = row["seconds"]
            starters |= {row["test"]} if row["starts"] else set()
            for fixture in row["shared"]:
                users[fixture].append(row["test"])
    return CoverageMap(contexts, seconds, users, starters)
