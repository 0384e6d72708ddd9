"""Everything in ``eight_devices_*.py``, in a process that has eight of them.

How many devices a CPU counts as is fixed when JAX starts, and the other tests run on one. With
its own XLA_FLAGS, ``pytest -n 0 tests/devices/eight_devices_training.py`` runs some of them alone.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FLAG = "--xla_force_host_platform_device_count=8"


@pytest.mark.parametrize("markers", ["not slow", pytest.param("slow", marks=pytest.mark.slow)])
def test_on_eight_devices(markers):
    flags = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {FLAG}", "JAX_PLATFORMS": "cpu"}
    files = [str(FOLDER / f"eight_devices_{name}.py") for name in ("product", "training", "runs")]
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "-m", markers, "--color=no", *files],
        env=os.environ | flags,
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
