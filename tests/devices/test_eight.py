"""Everything in ``eight_devices.py``, in a process that has eight of them.

With its own XLA_FLAGS, ``pytest -n 0 tests/devices/eight_devices.py`` runs them alone.
"""

from pathlib import Path

import pytest

from tests.eight import run_on_eight_devices

PATH = Path(__file__).with_name("eight_devices.py")


def test_on_eight_devices():
    run_on_eight_devices(PATH)


@pytest.mark.slow
def test_other_models_on_eight_devices():
    run_on_eight_devices(PATH, "slow")
