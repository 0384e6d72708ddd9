"""Shared fixtures: strict rank promotion, a key, and the folder of real data."""

import os
from pathlib import Path

import chex
import hypothesis
import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")

# Examples are fixed, so a failure repeats; deadlines would measure compilation.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30)
hypothesis.settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _equal_programs_are_compiled_once(tmp_path_factory):
    """Commands build their functions anew, so ``jit`` alone would not know them again.

    Processes of one test run share what they compiled.
    """
    from jax.experimental.compilation_cache import compilation_cache

    of_process = tmp_path_factory.getbasetemp()
    of_run = of_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_process
    jax.config.update("jax_compilation_cache_dir", str(of_run / "programs"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()  # What was compiled in collecting found no folder.


@pytest.fixture(autouse=True)
def _fresh_trace_counter():
    # assert_max_traces counts by source line, so parametrised cases would add up.
    chex.clear_trace_counter()


@pytest.fixture
def key():
    return jax.random.key(0)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets, named by JAXREC_DATA."""
    folder = os.environ.get("JAXREC_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("JAXREC_DATA names no folder of real data")
    return Path(folder)
