"""``jaxrec launch``: one run in several processes on this machine.

For trying out what several hosts do, with CPU devices. On real hosts every one is told the same
three variables (``train.hosts``) by whatever starts it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO

from jaxrec.base import InputError
from jaxrec.cli.options.launching import LaunchOptions
from jaxrec.train.hosts import AUTOMATIC, VARIABLES, free_port

GRACE_SECONDS = 5.0
"""Between one process's end by failure and the end of the others; between asking and killing."""
N_LINES = 30


def launch(options: LaunchOptions, words: list[str]) -> int:
    """Runs ``jaxrec`` with ``words`` in every process; returns the exit code of the first to fail.

    Only process 0 prints. When one fails, the others are stopped, and what it said is shown. One
    that was killed counts as 1.

    Raises:
      InputError: no command to run, or fewer than one process.
    """
    if words[:1] != ["train"]:
        found = words[0] if words else "nothing"
        raise InputError(f"say what to launch, not {found}: jaxrec launch --processes 2 train ...")
    if options.processes < 1:
        raise InputError(f"--processes is {options.processes}; give 1 or more")
    said: list[IO[bytes]] = [tempfile.TemporaryFile() for _ in range(options.processes)]
    coordinator = f"127.0.0.1:{free_port()}"
    processes: list[subprocess.Popen] = []
    asked: list[int] = []
    handlers = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(kind: int, _: object) -> None:
        """Process 0 ends its epoch for all, saves and says how to go on; a second ends it."""
        asked.append(kind)
        processes[0].send_signal(signal.SIGINT)

    try:
        for rank, file in enumerate(said):
            processes.append(_start(words, (coordinator, options.processes, rank), file))
        for kind in handlers:
            signal.signal(kind, interrupt)
        code = _watch(processes, said)
        return 128 + asked[0] if asked and code else code
    finally:
        _stop(processes)
        for kind, handler in handlers.items():
            signal.signal(kind, handler)
        for file in said:
            file.close()


def _start(words: list[str], place: tuple[str, int, int], file: IO[bytes]) -> subprocess.Popen:
    environment = os.environ | dict(zip(VARIABLES, map(str, place), strict=True))
    environment.pop(AUTOMATIC, None)
    output = None if place[2] == 0 else file
    # A session of its own: Ctrl-C reaches it through this process alone.
    return subprocess.Popen(
        [sys.executable, "-m", "jaxrec", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


def _watch(processes: list[subprocess.Popen], said: list[IO[bytes]]) -> int:
    while True:
        codes = [process.poll() for process in processes]
        failed = [rank for rank, code in enumerate(codes) if code]
        if failed:  # Who was killed is the cause; who lost a neighbor ends next, by an error.
            rank = min(failed, key=lambda rank: (processes[rank].returncode > 0, rank))
            return _failed(rank, processes, said[rank])
        if all(code == 0 for code in codes):
            return 0
        time.sleep(0.01)


def _failed(rank: int, processes: list[subprocess.Popen], file: IO[bytes]) -> int:
    """Says why the run failed, unless process 0 has: it also meets what a user can repair."""
    code, first = processes[rank].returncode, processes[0]
    with contextlib.suppress(subprocess.TimeoutExpired):
        first.wait(GRACE_SECONDS)
    if rank != 0 and not (code == first.returncode and code in (2, 130)):
        file.seek(0)
        lines = file.read().decode(errors="replace").splitlines()[-N_LINES:]
        about = f"process {rank} of {len(processes)} ended with code {code}"
        print("\n".join([*lines, f"jaxrec: {about}; all are stopped"]), file=sys.stderr)
    return max(code, 1)


def _stop(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
