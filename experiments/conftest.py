"""As in tests; and a data set that small runs learn at once."""

import pytest

from tests.conftest import (
    _programs_leave_before_memory_is_full as _programs_leave_before_memory_is_full,
    data_dir as data_dir,
    optimized as optimized,
    pytest_collection_modifyitems as pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers as pytest_xdist_auto_num_workers,
)


@pytest.fixture
def block_data(monkeypatch) -> str:
    """The name of a data set whose users interact mostly with items of their own block.

    All items are about equally popular, so popularity finds no more than chance.
    """
    import polars as pl

    from jaxrec.data import KNOWN, Known, block_model

    interactions = block_model(n_users=160, n_items=200, n_blocks=8, p_in=0.5, p_out=0.02)
    frame = pl.DataFrame({"user": interactions.user, "item": interactions.item})
    known = Known("made up", "tests", lambda _: frame, folder=None)
    monkeypatch.setitem(KNOWN, "blocks", known)
    return "blocks"


@pytest.fixture(autouse=True)
def _no_curves(monkeypatch):
    """As without the extra ``plots``: curves.png is a fifth of a small run."""
    from jaxrec.runs.fit import curves

    monkeypatch.setattr(curves, "draw", lambda *_: False)


@pytest.fixture(autouse=True)
def _slow_ones_optimized(request):
    if request.node.get_closest_marker("slow"):
        request.getfixturevalue("optimized")
