"""Products over eight devices, which a process of its own makes out of the CPU."""

from pathlib import Path

from tests.eight import run_on_eight_devices


def test_every_check_holds_on_eight_devices():
    run_on_eight_devices(Path(__file__).with_name("on_eight_devices.py"))
