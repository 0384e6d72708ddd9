"""Processes start with huge pages where the system grants them on request."""

import os
import subprocess
import sys

import pytest

from jaxrec import start

PROGRAM = """
import os, sys
from jaxrec.start import with_huge_pages
with_huge_pages()
print(os.environ.get("GLIBC_TUNABLES"), sys.argv[1:])
"""


def test_packages_that_few_commands_need_are_not_imported_by_all():
    program = """
import sys
from jaxrec.cli.main import main
code = main(["models"])
import jaxrec.cli.recommend, jaxrec.cli.train
late = {"flax", "orbax", "scipy.stats", "scipy.cluster", "matplotlib", "optuna", "faiss"}
print(late & sys.modules.keys(), file=sys.stderr)
sys.exit(code or len(late & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run(**variables):
    kept = {name: value for name, value in os.environ.items() if name != start.VARIABLE}
    words = [sys.executable, "-c", PROGRAM, "a word", "--flag"]
    done = subprocess.run(words, env=kept | variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_program_starts_over_once_with_its_arguments():
    if not start.on_request():
        pytest.skip("this system does not grant huge pages on request")
    assert run() == f"{start.SETTING} ['a word', '--flag']"


def test_the_callers_own_setting_stays():
    assert run(GLIBC_TUNABLES="glibc.malloc.check=0") == "glibc.malloc.check=0 ['a word', '--flag']"


@pytest.mark.parametrize("mode", ["[always] madvise never", "always madvise [never]", None])
def test_where_they_cannot_be_asked_for_nothing_starts_over(monkeypatch, tmp_path, mode):
    if mode is not None:
        (tmp_path / "enabled").write_text(mode)
    monkeypatch.setattr(start, "MODE", tmp_path / "enabled")
    monkeypatch.delenv(start.VARIABLE, raising=False)
    monkeypatch.setattr(os, "execv", lambda *words: pytest.fail("started over"))
    start.with_huge_pages()
    assert start.VARIABLE not in os.environ
