"""Several processes as one run: joining them, and what the first does for all.

Every process runs the same program over its own devices. Files and terminal belong to the first.
"""

import os
import pickle
import socket
from collections.abc import Callable
from typing import TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from jaxrec.base import InputError

VARIABLES = ("JAXREC_COORDINATOR", "JAXREC_PROCESSES", "JAXREC_PROCESS_ID")
AUTOMATIC = "JAXREC_DISTRIBUTED"
T = TypeVar("T")


def join() -> None:
    """Joins the processes of this run, if the environment names any; before any use of a device.

    ``JAXREC_COORDINATOR`` (host:port of the first process), ``JAXREC_PROCESSES`` (how many) and
    ``JAXREC_PROCESS_ID`` (from 0), or ``JAXREC_DISTRIBUTED=auto`` where JAX finds these itself.

    Raises:
      InputError: one variable without the others, or out of range, or the others do not answer.
    """
    values = [os.environ.get(name, "") for name in VARIABLES]
    automatic = os.environ.get(AUTOMATIC, "")
    if automatic not in ("", "auto") or (automatic and any(values)):
        raise InputError(
            f"{AUTOMATIC} is {automatic!r}; give auto alone, or {', '.join(VARIABLES)}"
        )
    if not automatic and not any(values):
        return
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(**({} if automatic else _named(*values)))
    except (RuntimeError, ValueError) as error:
        what = " ".join(str(error).split())[:200]
        raise InputError(
            f"the processes of this run did not meet ({what}); start the same command on every "
            f"host, with one {VARIABLES[0]}"
        ) from error


def _named(coordinator: str, processes: str, process_id: str) -> dict:
    for name, value in zip(VARIABLES, (coordinator, processes, process_id), strict=True):
        if not value:
            raise InputError(f"{name} is not set; give all of {', '.join(VARIABLES)}")
        if name != VARIABLES[0] and not value.isdecimal():
            raise InputError(f"{name} is {value!r}; give a whole number")
    if int(processes) < 1:
        raise InputError(f"{VARIABLES[1]} is {processes}; give 1 or more")
    if not int(process_id) < int(processes):
        raise InputError(f"{VARIABLES[2]} is {process_id}; give 0 to {int(processes) - 1}")
    return {
        "coordinator_address": coordinator,
        "num_processes": int(processes),
        "process_id": int(process_id),
    }


def is_first() -> bool:
    """Whether this process is the one that reads, writes and prints."""
    return jax.process_index() == 0


def from_first(compute: Callable[[], T]) -> T:
    """What ``compute`` returns in the first process, or the error it raises, in every process.

    All must call it, and not within another's ``compute``. Results are pickled.
    """
    if jax.process_count() == 1:
        return compute()
    told = b""
    if is_first():
        error = None
        try:
            told = pickle.dumps((compute(), None))
            if len(told) >= 2**31:
                raise InputError(
                    f"{len(told):,} bytes cannot be told to other processes at once, {2**31 - 1:,} "
                    "at most; lower --dim, or filter the data by --k-core"
                )
        except (InputError, OSError, KeyboardInterrupt, SystemExit) as raised:
            error = raised  # Raised everywhere: who waited for the answer would wait for ever.
        except Exception as raised:
            error = RuntimeError(f"{type(raised).__name__}: {raised}")
            error.__cause__ = raised
        told = told if error is None else pickle.dumps((None, error))
    length = multihost_utils.broadcast_one_to_all(np.int32(len(told)))
    content = np.zeros(int(length), np.uint8)
    if is_first():
        content[:] = np.frombuffer(told, np.uint8)
    content = multihost_utils.broadcast_one_to_all(content)
    answer, error = pickle.loads(np.asarray(content).tobytes())
    if error is not None:
        raise error
    return answer


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]
