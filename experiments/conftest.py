"""As in tests, but optimised: experiments compute more than they compile."""

import pytest

from tests.conftest import (
    data_dir as data_dir,
    optimised as optimised,
    pytest_collection_modifyitems as pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers as pytest_xdist_auto_num_workers,
)


@pytest.fixture(scope="module", autouse=True)
def _as_in_use(optimised):
    pass
