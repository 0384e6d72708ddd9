"""As in tests, but optimised; modules that need an extra are collected only with it."""

from importlib.util import find_spec

import pytest

from tests.conftest import (
    optimised as optimised,
    pytest_collection_modifyitems as pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers as pytest_xdist_auto_num_workers,
)

collect_ignore_glob = [] if find_spec("torch") else ["torch_*.py"]


@pytest.fixture(scope="module", autouse=True)
def _as_in_use(optimised):
    pass
