"""Two real processes train as one."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import numpy as np
import polars as pl
import psutil
import pytest

from jaxrec.base import InputError
from jaxrec.cli import launch as launching
from jaxrec.cli.main import main
from jaxrec.runs.answer.serving import open_run
from jaxrec.train import hosts
from jaxrec.train.hosts import free_port
from tests.cli.conftest import SMALL, write_clicks

WORDS = [*SMALL, "--propagation", "bcsr", "--epochs", "8"]
TOGETHER = ["launch", "--processes", "2"]
SECONDS = 120


@pytest.fixture(scope="module")
def clicks(tmp_path_factory):
    return write_clicks(tmp_path_factory.mktemp("data") / "clicks.csv")


@pytest.fixture(autouse=True)
def _one_device_each(monkeypatch):
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=1"
    monkeypatch.setenv("XLA_FLAGS", flags)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")


@pytest.fixture
def launch(capfd):
    """Launches two processes from this one; returns the exit code and what was printed."""

    def run(*words):
        capfd.readouterr()
        stop = threading.Timer(SECONDS, os.kill, (os.getpid(), signal.SIGINT))
        stop.start()
        try:
            return main([*TOGETHER, *words]), *capfd.readouterr()
        finally:
            stop.cancel()

    return run


def numbers(folder):
    history = pl.read_csv(folder / "history.csv").drop("valid")
    return history.to_numpy(), open_run(folder).reps


def test_two_processes_end_with_the_numbers_of_one(clicks, tmp_path, launch):
    """Also when the run is resumed half way."""
    alone, both = tmp_path / "alone", tmp_path / "both"
    assert main(["train", "--data", str(clicks), "--out", str(alone), *WORDS]) == 0
    words = ["train", "--data", str(clicks), "--out", str(both), *WORDS, "--devices", "2"]
    code, out, err = launch(*words, "--epochs", "4")
    assert code == 0, err
    assert out.count("Test slice") == 1 and err.count("training interactions") == 1
    assert json.loads((both / "metrics.json").read_text())["processes"] == 2
    words = ["train", "--out", str(both), "--resume", "--epochs", "8"]
    code, out, err = launch(*words)
    assert code == 0, err
    assert "resuming after epoch 4" in err
    for found, expected in zip(numbers(both), numbers(alone), strict=True):
        close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
        [close(a, b) for a, b in zip(found, expected, strict=True)]


def test_two_launches_at_once_meet_at_ports_of_their_own():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        with socket.socket() as another:
            another.bind(("127.0.0.1", free_port()))


def test_what_the_user_can_repair_is_said_once(launch):
    code, _, err = launch("train", "--data", "nowhere.csv", "--devices", "2")
    assert code == 2
    lines = [line for line in err.splitlines() if line.startswith("jaxrec: ")]
    assert len(lines) == 1 and "nowhere.csv" in lines[0]


def running(clicks, folder):
    """A launched run that is in the middle of its epochs, and its processes by rank."""
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "100000"]
    words += ["--patience", "100000", "--devices", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-m", "jaxrec", *TOGETHER, *words], **pipes)
    said = ""
    while "epoch" not in said:
        said = process.stderr.readline()
        assert said, process.wait()
    children = psutil.Process(process.pid).children()
    return process, sorted(children, key=lambda child: child.environ()[hosts.VARIABLES[2]])


def test_when_one_dies_the_others_are_stopped(clicks, tmp_path):
    process, (first, second) = running(clicks, tmp_path / "run")
    second.send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1 and "process 1 of 2 ended with code -9" in err
    assert not first.is_running()


@pytest.mark.parametrize(
    ("on_term", "ended_by"), [("SIG_DFL", signal.SIGTERM), ("SIG_IGN", signal.SIGKILL)]
)
def test_a_process_is_asked_to_stop_and_killed_if_it_does_not(on_term, ended_by, monkeypatch):
    monkeypatch.setattr(launching, "GRACE_SECONDS", 0.5)
    program = f"import signal, time; signal.signal(15, signal.{on_term}); print(flush=True); "
    words = [sys.executable, "-c", program + "time.sleep(60)"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        launching._stop([process])
        assert process.returncode == -ended_by


def test_an_interrupt_stops_all_and_says_how_to_go_on(clicks, tmp_path):
    process, children = running(clicks, tmp_path / "run")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert f"jaxrec train --resume --out {tmp_path / 'run'} goes on" in err
    assert not any(child.is_running() for child in children)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"JAXREC_COORDINATOR": "host:1"}, "JAXREC_PROCESSES is not set"),
        (dict(zip(hosts.VARIABLES, ("host:1", "two", "0"), strict=True)), "'two'"),
        (dict(zip(hosts.VARIABLES, ("host:1", "2", "2"), strict=True)), "give 0 to 1"),
        ({"JAXREC_DISTRIBUTED": "yes"}, "give auto alone"),
        ({"JAXREC_DISTRIBUTED": "auto", "JAXREC_PROCESSES": "2"}, "give auto alone"),
    ],
)
def test_half_said_variables_are_refused(monkeypatch, values, said):
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=said):
        hosts.join()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["launch"], "say what to launch"),
        (["launch", "--processes", "2", "evaluate", "run"], "evaluate"),
        (["launch", "--processes", "0", "train"], "--processes is 0"),
    ],
)
def test_a_bad_launch_is_one_line(capfd, words, said):
    assert main(words) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert said in line


def test_too_few_devices_are_counted_before_data_are_read(capfd, tmp_path):
    assert main(["train", "--data", "nowhere.csv", "--devices", "64"]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert "takes 64 devices" in line and "XLA_FLAGS" in line
