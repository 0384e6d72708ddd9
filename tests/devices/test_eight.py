"""Everything in ``eight_devices.py``, in a process that has eight of them.

How many devices a CPU counts as is fixed when JAX starts, and the other tests run on one. With its
own XLA_FLAGS, ``pytest tests/devices/eight_devices.py`` runs them alone.
"""

import os
import subprocess
import sys
from pathlib import Path


def test_on_eight_devices():
    path = Path(__file__).with_name("eight_devices.py")
    words = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:doctest", "--override-ini=addopts="]
    words += ["--import-mode=importlib", "--jaxtyping-packages=jaxrec,beartype.beartype"]
    flags = "--xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(path), *words],
        cwd=path.parents[2],
        env=os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
