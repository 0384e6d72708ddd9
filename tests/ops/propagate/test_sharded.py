"""Products over eight devices, which a process of its own makes out of the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKS = Path(__file__).with_name("on_eight_devices.py")


def test_every_check_holds_on_eight_devices():
    eight = "--xla_force_host_platform_device_count=8"
    flags = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {eight}", "JAX_PLATFORMS": "cpu"}
    words = [sys.executable, "-m", "pytest", "-q", "-x", "--color=no", str(CHECKS)]
    root = CHECKS.parents[3]
    done = subprocess.run(
        words, env=os.environ | flags, cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
