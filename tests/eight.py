"""Test files for eight devices, in a process that has as many.

How many devices a CPU counts as is fixed when JAX starts, and the other tests run on one.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLAG = "--xla_force_host_platform_device_count=8"


def run_on_eight_devices(path: Path, markers: str = "not slow") -> None:
    """Fails with what was printed unless every test that ``-m markers`` selects passes there."""
    flags = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {FLAG}", "JAX_PLATFORMS": "cpu"}
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "-m", markers, "--color=no", str(path)],
        env=os.environ | flags,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
