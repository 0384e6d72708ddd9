"""The folder of real data, and what is compiled, are found as in tests."""

from tests.conftest import (
    _equal_programs_are_compiled_once as _equal_programs_are_compiled_once,
    data_dir as data_dir,
)
