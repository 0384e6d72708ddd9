"""What is written appears whole, where it was asked for, or not at all."""

import errno
import os
import resource
import stat
import time

import pytest

from jaxrec.base import InputError
from jaxrec.data import atomic, fill_atomically, write_atomically

DEAD = 2**22 + 1
"""Above the largest id that Linux gives a process."""


def write(text):
    return lambda beside: beside.write_text(text)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.ENOENT])
@pytest.mark.parametrize("writer", [write_atomically, fill_atomically])
def test_a_refusal_names_the_callers_path_and_the_first_reason(
    writer, number, tmp_path, monkeypatch
):
    """Although cleaning up fails, too, as in a folder that is read-only."""

    def refuse(self, *_, **__):
        raise OSError(number, os.strerror(number), str(self))

    for name in ("mkdir", "write_text", "unlink"):
        monkeypatch.setattr(atomic.Path, name, refuse)
    with pytest.raises(InputError) as told:
        writer(tmp_path / "lists.csv", write("new"))
    repair = f"{atomic.REPAIRS[number]}, or " if number in atomic.REPAIRS else ""
    why = f"{os.strerror(number)}; {repair}choose another place"
    assert str(told.value) == f"cannot write {tmp_path / 'lists.csv'}: {why}"


def test_a_file_too_large_leaves_the_old_one_and_nothing_beside(tmp_path):
    path, limits = tmp_path / "lists.csv", resource.getrlimit(resource.RLIMIT_FSIZE)
    path.write_text("old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(InputError, match="lists.csv: File too large; raise the limit"):
            write_atomically(path, write("n" * 101))
        with pytest.raises(InputError, match="new: File too large; raise the limit"):
            fill_atomically(tmp_path / "new", lambda new: (new / "a").write_text("n" * 101))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_path_under_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file/lists.csv: Not a directory"):
        write_atomically(tmp_path / "file" / "lists.csv", write("new"))


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path):
    link, target = tmp_path / "link.csv", tmp_path / "elsewhere" / "target.csv"
    target.parent.mkdir()
    link.symlink_to(target)
    for text in ("made by a link that led nowhere", "new"):
        write_atomically(link, write(text))
        assert link.is_symlink() and target.read_text() == text
    assert [path.name for path in target.parent.iterdir()] == ["target.csv"]
    (tmp_path / "folder").symlink_to(tmp_path / "filled")
    fill_atomically(tmp_path / "folder", lambda new: (new / "a").write_text("a"))
    assert (tmp_path / "folder").is_symlink() and (tmp_path / "filled" / "a").read_text() == "a"


def test_a_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, write("new"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and path.read_text() == "new"


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    (tmp_path / "null.csv").symlink_to(os.devnull)
    write_atomically(tmp_path / "null.csv", write("new"))
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_what_dead_processes_left_is_removed(tmp_path):
    path, old = tmp_path / "lists.csv", time.time() - 2 * atomic.STALE_SECONDS
    left = [tmp_path / f".{DEAD}-lists.csv", tmp_path / f".{os.getppid()}-lists.csv"]
    left += [tmp_path / f".{DEAD}-other.csv", tmp_path / f".{DEAD + 1}-lists.csv"]
    for file in left:
        file.write_text("half")
    for file in left[:3]:
        os.utime(file, (old, old))
    write_atomically(path, write("new"))
    # Of a process that lives, another file's, and one so new that its process may be elsewhere.
    assert sorted(tmp_path.iterdir()) == sorted([path, *left[1:]])


def test_names_as_long_as_the_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".csv")
    write_atomically(path, write("new"))
    assert path.read_text() == "new"
