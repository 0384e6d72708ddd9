"""As in tests; modules that need an extra are collected only with it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import (
    _programs_leave_before_memory_is_full as _programs_leave_before_memory_is_full,
    pytest_collection_modifyitems as pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers as pytest_xdist_auto_num_workers,
)

collect_ignore_glob = [] if find_spec("torch") else ["torch_*.py"]


@pytest.fixture(scope="session")
def small_clicks(tmp_path_factory) -> Path:
    """Enough interactions for every benchmark to have something to do."""
    import polars as pl

    from jaxrec.data import block_model

    blocks = block_model(n_users=200, n_items=160, n_blocks=4, p_in=0.4, p_out=0.02)
    path = tmp_path_factory.mktemp("data") / "clicks.csv"
    pl.DataFrame({"user": blocks.user, "item": blocks.item}).write_csv(path)
    return path
