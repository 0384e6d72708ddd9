"""Shared fixtures, and how XLA compiles for tests.

JAX_DISABLE_MOST_OPTIMIZATIONS=0 lets it optimize as in use; an empty JAXREC_TEST_CACHE keeps no
compiled programs, and another value names their folder.
"""

import contextlib
import ctypes
import gc
import mmap
import os
from importlib.util import find_spec
from pathlib import Path

from jaxrec import compiled

COMPILES_FASTER = "--xla_cpu_use_fusion_emitters=false"


def _known_to_xla(flag: str) -> bool:
    """Whether this jaxlib has the flag; one that it does not know would end the process."""
    name = flag.strip("-").split("=")[0].encode()
    for path in Path(find_spec("jaxlib").origin).parent.glob("libjax_common*"):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            return text.find(name) >= 0
    return False


# JAX reads these when it is imported, here and in programs that tests start. Tests mostly compile,
# which takes less than half where little is optimized, and is done once for this run and others.
if os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1") == "1":
    if "XLA_FLAGS" not in os.environ and _known_to_xla(COMPILES_FASTER):
        os.environ["XLA_FLAGS"] = COMPILES_FASTER
compiled.keep_programs("tests", "JAXREC_TEST_CACHE", most_bytes=2**30)

import chex  # noqa: E402
import hypothesis  # noqa: E402
import jax  # noqa: E402
import pytest  # noqa: E402

jax.config.update("jax_numpy_rank_promotion", "raise")

# Examples are fixed, so a failure repeats; deadlines would measure compilation.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=30)
hypothesis.settings.load_profile("fixed")

MOST_MAPS, MOST_WORKERS = 8_000, 4
INTEGRATION = ("benchmarks", "experiments", "tests/devices", "tests/test_readme.py")
"""Processes, benchmarks, experiments and the commands of README."""
END_TO_END = (
    "tests/cli",
    "tests/data/test_facts.py",
    "tests/data/test_known.py",
    "tests/data/test_known_relations.py",
    "tests/data/test_knowledge.py",
    "tests/federated/test_processes.py",
    "tests/models/test_trained_sessions.py",
    "tests/retrieve/test_program.py",
    "tests/runs",
    "tests/tasks",
)
"""Commands, whole trainings, programs in other processes, and reads of whole data sets."""
OF_EACH_KIND = (
    "benchmarks/test_benchmarks.py::test_cases_take_turns",
    "experiments/defaults/test_run.py::test_a_default_and_the_best_of_a_search_are_measured_on_the_test_slice",
    "tests/devices/test_processes.py::test_when_one_dies_the_others_are_stopped",
    "tests/test_readme.py::test_the_readme_names_only_modules_that_run",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Marks what is more than a unit, but ``OF_EACH_KIND`` and the first end-to-end test of a file.

    ``.ci/run`` has them all, and so has a file or folder that is named. ``-m`` looks afterwards.
    """
    root, begun = config.rootpath, set()
    words = config.args if config.args_source == config.ArgsSource.ARGS else []
    named = {(config.invocation_params.dir / word.split("::")[0]).resolve() for word in words}
    named -= {root, root / "tests"}
    for item in items:
        within = {item.path, *item.path.parents}
        usual = item.nodeid.split("[")[0] in OF_EACH_KIND or named & within
        if within & {root / path for path in END_TO_END} and "slow" not in item.keywords:
            usual = usual or item.path not in begun
            begun.add(item.path)
        if within & {root / path for path in INTEGRATION + END_TO_END} and not usual:
            item.add_marker(pytest.mark.integration)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Collects garbage less often: tracing makes many objects, and modules stay anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_xdist_auto_num_workers(config) -> int:
    """Processes for ``-n auto``: none for single files, which are done before one has started."""
    places = [Path(word.split("::")[0]) for word in config.args]
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(n_cores or 1, MOST_WORKERS) if any(map(Path.is_dir, places)) else 0


_limit_mib = [2400 // max(2, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))]
"""What this process may hold before its programs leave; it rises with what stays after that."""


def _held_mib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE >> 20


@pytest.fixture(scope="module", autouse=True)
def _programs_leave_before_memory_is_full():
    """Each takes some of the 65,530 pieces that a process may map, and memory."""
    yield
    process = Path("/proc/self")
    if process.exists():
        n_maps = (process / "maps").read_bytes().count(b"\n")
        if n_maps > MOST_MAPS or _held_mib() > _limit_mib[0]:
            jax.clear_caches()
            gc.collect()
            with contextlib.suppress(AttributeError):  # Of another C library.
                ctypes.CDLL(None).malloc_trim(0)  # What was freed goes back to the system.
            _limit_mib[0] = max(_limit_mib[0], _held_mib() + 400)  # Not again after each module.


@pytest.fixture(autouse=True)
def _fresh_trace_counter():
    # assert_max_traces counts by source line, so parametrized cases would add up.
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


@pytest.fixture(scope="module")
def optimized():
    """For modules that compute rather than compile."""
    jax.clear_caches()
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update(
        "jax_disable_most_optimizations", os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] == "1"
    )
    jax.clear_caches()
