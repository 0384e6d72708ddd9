"""What surrounds a command: streams, signals, and words that are no plain ids."""

import io
import os
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from jaxrec import start
from jaxrec.cli.main import _terminate, main
from jaxrec.train import newest_epoch
from tests.cli.conftest import SMALL

FEW = ["--model", "ease", "--k", "5", "--select", "recall@5"]


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """Interactions of items with Chinese titles, and a run on them."""
    folder = tmp_path_factory.mktemp("chinese")
    rows = [
        (f"u{u}", f"i{(u + n) % 9}", f"漢字 {(u + n) % 9}") for u in range(20) for n in range(5)
    ]
    data = folder / "data.csv"
    pl.DataFrame(rows, schema=["user", "item", "title"], orient="row").write_csv(data)
    assert main(["train", "--data", str(data), *FEW, "--out", str(folder / "run")]) == 0
    return data, folder / "run"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-16"])
@pytest.mark.parametrize(
    "words",
    [
        ["train", "--data", "DATA", *FEW, "--out", "NEW"],
        ["recommend", "RUN", "--users", "u1", "--k", "2"],
        ["similar", "RUN", "--items", "i1", "--k", "2"],
        ["evaluate", "RUN", "--k", "5"],
        ["compare", "RUN", "RUN"],
        ["inspect", "DATA", "--no-forecast"],
        ["tune", "--data", "DATA", *FEW, "--trials", "1", "--search", "l2=1:9", "--out", "NEW"],
        ["models"],
        ["recommend", "--help"],
        [],
    ],
    ids=lambda words: words[0] if isinstance(words, list) and words else None,
)
def test_what_a_terminal_cannot_encode_is_escaped(words, encoding, chinese, tmp_path, monkeypatch):
    places = {"DATA": str(chinese[0]), "RUN": str(chinese[1]), "NEW": str(tmp_path / "new")}
    streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    start.escape_what_streams_cannot_encode()
    try:
        code = main([places.get(word, word) for word in words])
    except SystemExit as stop:  # Of --help.
        code = stop.code
    streams[0].flush()
    printed = streams[0].buffer.getvalue()
    assert code == 0 and printed
    if words[:1] == ["train"]:
        title = "漢字" if encoding == "utf-16" else r"\u6f22\u5b57"
        assert title in printed.decode(encoding)


def test_lists_go_into_a_pipe_as_into_a_file(chinese, tmp_path):
    """In UTF-8, whatever the terminal: an id must not change on its way."""
    words = [sys.executable, "-m", "jaxrec", "recommend", str(chinese[1]), "--all", "--k", "2"]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    piped = subprocess.run(words, env=environment, capture_output=True, check=True)
    assert main([*words[3:], "--out", str(tmp_path / "lists.csv")]) == 0
    assert piped.stdout == (tmp_path / "lists.csv").read_bytes()
    assert "漢字".encode() in piped.stdout


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_failure(closed, chinese, tmp_path):
    """Nor does a file that is opened later get what libraries print."""
    out = tmp_path / "lists.csv"
    words = f"-m jaxrec recommend {chinese[1]} --users u1 --k 1 --out {out}"
    line = f"exec {sys.executable} {words} {closed}"
    assert subprocess.run(["sh", "-c", line], capture_output=True).returncode == 0
    assert len(pl.read_csv(out)) == 1


@pytest.mark.parametrize("words", [["models"], ["evaluate", "RUN", "--k", "5"]])
def test_a_reader_of_tables_may_have_seen_enough(words, chinese):
    words = [str(chinese[1]) if word == "RUN" else word for word in words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-m", "jaxrec", *words], **pipes)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), said) == (0, b"")


def test_a_full_standard_output_is_one_line():
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "jaxrec", "models"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "jaxrec: standard output or a file: No space left on device\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["recommend", "RUN", "--users", "--x"], "begins with a dash is written --users=--x)"),
        (["recommend", "RUN", "--users", "u1", "-x"], "--users=-x)"),
        (["recommend", "RUN", "--items", "--x"], "--items=--x)"),
        (["similar", "RUN", "--items", "--x"], "--items=--x)"),
        (["explain", "RUN", "--user", "--x", "--item", "i1"], "--user=--x)"),
        (["explain", "RUN", "--user", "u1", "--item", "--x"], "--item=--x)"),
        (["recommend", "RUN", "--users=u1", "--users=u2"], "--users stands twice"),
    ],
)
def test_an_id_that_begins_with_a_dash_is_told_how_to_be_written(chinese, fails, words, said):
    assert said in fails(*(str(chinese[1]) if word == "RUN" else word for word in words))


def test_an_id_behind_an_equals_sign_may_begin_with_a_dash(chinese, fails):
    assert "unknown id '--x'" in fails("recommend", str(chinese[1]), "--users=--x")
    assert "unknown id '-x'" in fails("similar", str(chinese[1]), "--items=-x")


@pytest.mark.parametrize(
    "words",
    [
        ["recommend", "RUN", "--users", "\udcff"],
        ["similar", "RUN", "--items", "\udcff"],
        ["recommend", "run\udcff", "--all"],
        ["recommend", "RUN", "--all", "--out", "\udcff.csv"],
        ["train", "--data", "\udcff.csv"],
        ["inspect", "\udcff.csv"],
        ["\udcff"],
    ],
)
def test_bytes_that_are_not_utf_8_are_refused_in_one_line(chinese, fails, words):
    line = fails(*(str(chinese[1]) if word == "RUN" else word for word in words))
    assert r"\udcff" in line and "not UTF-8" in line and "defect" not in line


def test_a_folder_whose_name_is_not_utf_8_is_refused_from_within(tmp_path, fails, monkeypatch):
    folder = tmp_path / "run\udcff"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert "not UTF-8" in fails("recommend", ".", "--all")


WRITING = """
import time
from jaxrec.cli import recommend

def write(frame, beside):
    beside.write_text("half")
    print("writing", flush=True)
    time.sleep(60)

recommend.WRITERS[".csv"] = write
from jaxrec.cli.main import entry
entry()
"""


def test_who_is_terminated_while_writing_leaves_nothing_behind(chinese, tmp_path):
    out = tmp_path / "lists.csv"
    out.write_text("old")
    asked = ["recommend", str(chinese[1]), "--all", "--k", "2", "--out", str(out)]
    words = [sys.executable, "-c", WRITING, *asked]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (143, "jaxrec: stopped\n")
    assert list(tmp_path.iterdir()) == [out] and out.read_text() == "old"


def test_who_is_terminated_while_training_goes_on_by_resume(clicks, tmp_path):
    folder = tmp_path / "a run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *SMALL, "--model", "mf"]
    long = [sys.executable, "-m", "jaxrec", *words, "--epochs", "1000000", "--patience", "1000000"]
    with subprocess.Popen(long, stderr=subprocess.PIPE, text=True) as process:
        while not process.stderr.readline().startswith("epoch"):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert f"stopped; jaxrec train --resume --out '{folder}' goes on after epoch" in said
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]
    done = newest_epoch(folder / "checkpoint") or 0
    assert main(["train", "--resume", "--out", str(folder), "--epochs", str(done + 1)]) == 0


def test_the_handler_of_one_termination_lets_the_next_end_the_process():
    before = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, _terminate)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
