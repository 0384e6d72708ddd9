"""Compiled programs outlive a process, within bounds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jaxrec import compiled

SETTINGS = {"JAX_COMPILATION_CACHE_DIR", *compiled.SETTINGS}


@pytest.fixture
def fresh(monkeypatch, tmp_path) -> Path:
    """A user's cache folder of which nothing is said."""
    for name in (*SETTINGS, compiled.VARIABLE):
        monkeypatch.setenv(name, "")  # So that it is put back, whatever it was.
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def file_of(tmp_path):
    def write(name: str, n_bytes: int, used: int) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * n_bytes)
        os.utime(tmp_path / name, (used, used))

    return write


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_program_is_compiled_once_for_all_processes(fresh):
    """The second process finds each one, whatever time it took to compile."""
    program = "from jaxrec import compiled; compiled.keep_programs('here'); import jax\n"
    program += "print(jax.jit(lambda x: 2 * x)(3.0))"
    found = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("6.0\n", "")
        found.append({path: path.stat().st_mtime_ns for path in fresh.rglob("*-cache")})
    assert found[0] == found[1] != {}
    assert {path.parent for path in found[0]} == {fresh / "jaxrec/here" / compiled.processor()}


def test_folder_and_settings_are_in_the_variables_that_jax_reads(fresh):
    compiled.keep_programs("here")
    folder = fresh / "jaxrec" / "here" / compiled.processor()
    assert folder.is_dir()
    assert {name: os.environ[name] for name in SETTINGS} == {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        **compiled.SETTINGS,
    }


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_what_the_caller_set_stays(fresh, monkeypatch, name):
    monkeypatch.setenv(name, "7")
    compiled.keep_programs("here")
    assert os.environ[name] == "7"


def test_the_variable_names_another_folder_or_none(fresh, monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, "")
    compiled.keep_programs("here")
    assert not SETTINGS & os.environ.keys() and not any(fresh.iterdir())
    monkeypatch.setenv(compiled.VARIABLE, str(fresh / "there"))
    compiled.keep_programs("here")
    assert Path(os.environ["JAX_COMPILATION_CACHE_DIR"]).parent == fresh / "there"


def test_where_nothing_can_be_written_nothing_is_kept(fresh, monkeypatch):
    (fresh / "jaxrec").write_text("a file where the folder would be")
    compiled.keep_programs("here")
    assert not SETTINGS & os.environ.keys()


ONE, OTHER = "0123456789abcdef", "fedcba9876543210"


def test_the_longest_unused_leave_first(tmp_path, file_of):
    for name, used in ((f"{ONE}/old", 1), (f"{ONE}/new", 3), (f"{OTHER}/middle", 2)):
        file_of(f"{name}-cache", 10, used)
    compiled.drop_oldest(tmp_path, 20)
    assert kept(tmp_path) == {"new-cache", "middle-cache"}
    compiled.drop_oldest(tmp_path, 19)
    assert kept(tmp_path) == {"new-cache"}


def test_what_was_not_written_to_its_end_leaves(tmp_path, file_of):
    file_of(f"{ONE}/empty-cache", 0, 2)
    file_of(f"{ONE}/whole-cache", 1, 1)
    compiled.drop_oldest(tmp_path, 20)
    assert kept(tmp_path) == {"whole-cache"}


def test_files_of_others_in_a_folder_that_the_caller_names_stay(fresh, monkeypatch, file_of):
    """However large, old or empty, and whatever they are called."""
    others = ["empty", "thesis.txt", "my-cache", "photos/old-cache", f"{ONE}/notes.txt"]
    for name in others:
        file_of(name, 0 if name == "empty" else 100, 1)
    file_of(f"{ONE}/program-cache", 100, 1)
    monkeypatch.setenv(compiled.VARIABLE, str(fresh))
    compiled.keep_programs("here", most_bytes=1)
    assert kept(fresh) == {Path(name).name for name in others}
