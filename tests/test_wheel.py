"""Wheel and sdist hold what an installation needs; README's quick start runs from the wheel."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from jaxrec import __version__

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.integration


def run(*words, cwd, **env) -> str:
    """Output of a program that must succeed; of this checkout it finds nothing."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=kept | env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist of this checkout, and the wheel that is made from the sdist."""
    hatchling = pytest.importorskip("hatchling")
    path = str(Path(hatchling.__file__).parents[1])
    dist = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "hatchling", "build", "-d", dist)
    run(*build, "-t", "sdist", cwd=ROOT, PYTHONPATH=path)
    source = tmp_path_factory.mktemp("source")
    with tarfile.open(dist / f"jaxrec-{__version__}.tar.gz") as archive:
        archive.extractall(source, filter="data")
    run(*build, "-t", "wheel", cwd=source / f"jaxrec-{__version__}", PYTHONPATH=path)
    return dist


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """A folder that the wheel is installed to; what it depends on is that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    wheel = built / f"jaxrec-{__version__}-py3-none-any.whl"
    words = "install", "--no-deps", "--no-index", "--no-compile", "--target", folder, wheel
    run(sys.executable, "-m", "pip", *words, cwd=built)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built / f"jaxrec-{__version__}-py3-none-any.whl") as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = (path for path in (ROOT / "jaxrec").rglob("*") if path.is_file())
    expected = {
        path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts
    }
    assert held == expected
    assert {"jaxrec/py.typed", "jaxrec/ops/propagate/measured.csv"} <= held


def test_the_quick_start_of_the_readme_runs_from_the_wheel(installed, tmp_path):
    where = "import jaxrec; print(jaxrec.__file__)"
    path = {"PYTHONPATH": str(installed)}
    printed = run(sys.executable, "-c", where, cwd=tmp_path, **path)
    assert printed.strip() == str(installed / "jaxrec" / "__init__.py")
    script = installed / "bin" / "jaxrec"
    assert run(script, "--version", cwd=tmp_path, **path) == f"jaxrec {__version__}\n"
    words = "--epochs", "1", "--dim", "8", "--no-refit"  # README trains to the end.
    assert "popularity" in run(script, "train", *words, cwd=tmp_path, **path)
    asked = "recommend", "runs/movielens-small-lightgcn", "--users", "2", "15", "--k", "5"
    assert run(script, *asked, cwd=tmp_path, **path).count("\n") > 10
