"""The folder of real data, and what is compiled, are found as in tests."""

from tests.conftest import data_dir as data_dir, pytest_sessionstart as pytest_sessionstart
