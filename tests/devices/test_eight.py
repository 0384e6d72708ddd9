"""Everything in ``eight_devices.py``, in a process that has eight of them.

With its own XLA_FLAGS, ``pytest -n 0 tests/devices/eight_devices.py`` runs them alone.
"""

from pathlib import Path

from tests.eight import run_on_eight_devices


def test_on_eight_devices():
    run_on_eight_devices(Path(__file__).with_name("eight_devices.py"))
