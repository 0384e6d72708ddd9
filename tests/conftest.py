"""Shared fixtures: strict rank promotion, a key, and the folder of real data."""

import contextlib
import hashlib
import os
from pathlib import Path

import chex
import hypothesis
import jax
import jaxlib
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")

# Examples are fixed, so a failure repeats; deadlines would measure compilation.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30)
hypothesis.settings.load_profile("fixed")


COMPILED = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "jaxrec" / "tests"
MOST_BYTES = 2**30
"""Compiled programs kept from one test run to the next; the oldest leave first."""


def _machine() -> str:
    """What compiled programs depend on beside their own text."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    features = [line for line in lines if line.startswith(("flags", "Features"))][:1]
    parts = (jax.__version__, jaxlib.__version__, os.environ.get("XLA_FLAGS", ""), *features)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _drop_oldest(folder: Path) -> None:
    kept = 0
    files = [(path.stat(), path) for path in folder.rglob("*") if path.is_file()]
    for stat, path in sorted(files, key=lambda pair: -pair[0].st_mtime):
        kept += stat.st_size
        if kept > MOST_BYTES:
            path.unlink(missing_ok=True)


def pytest_sessionstart(session):
    """Equal programs are compiled once, in this run or an earlier one.

    Commands build their functions anew, so ``jit`` alone would not know them again. An empty
    JAXREC_TEST_CACHE keeps nothing; another value names the folder.
    """
    from jax.experimental.compilation_cache import compilation_cache

    folder = Path(os.environ.get("JAXREC_TEST_CACHE", COMPILED / _machine()))
    if folder == Path():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        with contextlib.suppress(OSError):  # Another run is dropping them, too.
            _drop_oldest(folder.parent)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    compilation_cache.reset_cache()


@pytest.fixture(scope="module", autouse=True)
def _programs_of_a_file_leave_with_it():
    """A process may map 65,530 pieces of memory, and each program takes some."""
    yield
    jax.clear_caches()


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
