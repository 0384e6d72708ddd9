"""The folder of real data is found as in tests."""

from tests.conftest import data_dir as data_dir
