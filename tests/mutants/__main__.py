"""Plants faults at random places of a copy of the project and asks the tests to find them.

``python -m tests.mutants --n 60 --seed 0`` prints the share of faults that a test caught and the
others' diffs. Results go to a file of JSON lines, a fault each, and those that it holds are not
tried again: the command goes on where it was stopped. ``--again`` tries survivors once more.
Faults of ``equivalent.toml`` change nothing that a test could see and are left out.
"""

import argparse
import ast
import difflib
import importlib.util
import json
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.mutants.operators import differs, mutants

ROOT = Path(__file__).parents[2]
PACKAGES = ("commands", "evaluate", "data", "graph", "sampling", "train", "retrieve")
LEFT_OUT = ("jaxrec/retrieve/beam.py",)  # Its tests need an extra that `test` does not bring.
DEVICES = ("devices", "checkpoint", "hosts", "pmap", "step", "epoch", "launch", "fitting")
QUICK = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_cpu_use_fusion_emitters=false"
)
PYTEST = ("-x", "-q", "-o", "addopts=", "--import-mode=importlib", "-m", "not slow")
PYTEST += ("-p", "no:cacheprovider", "--no-header", "--tb=no")
NOT_COPIED = (".git", "runs", "exported", "__pycache__", ".*_cache", ".venv", "*.egg-info", ".hyp*")


def chosen(n: int, seed: int, packages: list[str]) -> list[dict[str, Any]]:
    """``n`` faults: lines drawn uniformly among those with any, then one of each line's."""
    by_line = {}
    for package in packages:
        for path in sorted((ROOT / "jaxrec" / package).rglob("*.py")):
            file = str(path.relative_to(ROOT))
            for found in mutants(path.read_text()) if file not in LEFT_OUT else ():
                by_line.setdefault((file, found.line), []).append(found)
    rng, known, faults = random.Random(seed), equivalent(), []
    for place in rng.sample(sorted(by_line), len(by_line)):
        text, found = (ROOT / place[0]).read_text(), rng.choice(by_line[place])
        if not differs(text, found):
            continue
        pair = text.splitlines(), found.text.splitlines()
        diff = [line for line in difflib.unified_diff(*pair, n=0, lineterm="")][2:]
        fault = {"file": place[0], "line": place[1], "kind": found.kind, "diff": diff}
        if key(fault) not in known:
            faults.append(fault | {"text": found.text})
        if len(faults) == n:
            break
    return faults


def key(fault: dict[str, Any]) -> tuple[str, ...]:
    """What a fault is known by, wherever its line has moved."""
    return fault["file"], *(line[0] + line[1:].strip() for line in fault["diff"] if line[0] != "@")


def equivalent() -> set[tuple[str, ...]]:
    """Faults that change nothing, each with its reason in the file."""
    known = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text())
    return {
        (each["file"], "-" + each["original"], "+" + each["mutated"])
        for each in known.get("equivalent", [])
    }


def stages(file: str, root: Path = ROOT) -> Iterator[list[str]]:
    """Test files for a source file: its own, its package's, and the commands', likely ones first.

    A command's options reach everything, so all tests of commands come last, whole searches and
    several processes after the others.
    """
    _, package, *_, stem = Path(file).with_suffix("").parts
    parsed = ast.parse((root / file).read_text()).body
    names = {node.name for node in parsed if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    tests = {
        str(path.relative_to(root)): imported(path)
        for path in sorted((root / "tests").rglob("test_*.py"))
    }
    wanted = {f"jaxrec.{package}.{name}" for name in {*names, stem}}
    wanted |= {f"jaxrec.{package}.{stem}.{name}" for name in names}
    own = [test for test in tests if Path(test).name == f"test_{stem}.py" and package in test]
    near = [test for test in tests if package in test and wanted & tests[test] and test not in own]
    wiring = [test for test in tests if "test_wiring" in test]
    late = ["tests/commands/test_tune.py"]
    late += [test for test in tests if "tests/devices/" in test and stem in DEVICES]
    far = [test for test in tests if test.startswith(f"tests/{package}/")]
    far += [test for test in tests if test.startswith("tests/commands/")]
    told = list(dict.fromkeys([*own, *near, *wiring, *far, "tests/test_contract.py", *late]))
    ordered = [test for test in told if test not in late] + late
    first, second = len(own), len(own) + len(near) + len(wiring)
    yield from (part for part in (ordered[:first], ordered[first:second], ordered[second:]) if part)


def imported(path: Path) -> set[str]:
    """Full names of what a test imports from the project."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxrec")
        for alias in node.names
    }


def run(command: list[str], folder: Path, timeout: float) -> tuple[int | None, str]:
    """Exit code, None when time was up, and output; nothing that it started goes on."""
    flags = os.environ.get("XLA_FLAGS", QUICK)
    env = os.environ | {"XLA_FLAGS": flags, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=timeout)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def tried(fault: dict[str, Any], folder: Path, timeout: float) -> dict[str, Any]:
    """The fault and which test caught it, if one did."""
    path, text, start = folder / fault["file"], fault.pop("text"), time.perf_counter()
    compiled = Path(importlib.util.cache_from_source(str(path)))
    original, caught = path.read_text(), None
    try:
        path.write_text(text)
        compiled.unlink(missing_ok=True)  # It is known by seconds and size alone.
        for tests in stages(fault["file"], folder):
            code, output = run(["-m", "pytest", *PYTEST, *tests], folder, timeout * len(tests))
            failed = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
            if code is None or code not in (0, 5):  # 5: no test was collected.
                caught = "time" if code is None else failed[1] if failed else f"exit {code}"
                break
    finally:
        path.write_text(original)
        compiled.unlink(missing_ok=True)
    return fault | {"caught": caught, "seconds": round(time.perf_counter() - start, 1)}


def main() -> None:
    """Runs what is not yet in the file of results and prints the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--n", type=int, default=60, help="number of faults")
    parser.add_argument("--seed", type=int, default=0, help="of places and faults")
    parser.add_argument("--jobs", type=int, default=1, help="faults at a time, a copy each")
    parser.add_argument("--out", type=Path, help="results; by default runs/mutants-SEED.jsonl")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, choices=PACKAGES)
    parser.add_argument("--timeout", type=float, default=300, help="seconds a test file")
    parser.add_argument("--again", action="store_true", help="try survivors once more")
    options = parser.parse_args()
    out = options.out or ROOT / "runs" / f"mutants-{options.seed}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = out.read_text().splitlines() if out.exists() else []
    done = {key(fault): fault for fault in map(json.loads, lines)}  # The last word counts.
    faults = chosen(options.n, options.seed, list(options.packages))
    skip = {name for name, fault in done.items() if fault["caught"] or not options.again}
    with tempfile.TemporaryDirectory() as scratch:
        copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for job in range(options.jobs):
            folder = Path(scratch) / str(job)
            copies.put(shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED)))
            code, seen = run(["-c", "import jaxrec; print(jaxrec.__file__)"], folder, 60)
            assert code == 0 and Path(seen.strip()).is_relative_to(folder.resolve()), seen

        def work(fault: dict[str, Any]) -> None:
            folder = copies.get()
            result = tried(dict(fault), folder, options.timeout)
            copies.put(folder)
            done[key(fault)] = result
            with out.open("a") as file:
                file.write(json.dumps(result) + "\n")
            caught, seconds = result["caught"] or "SURVIVED", result["seconds"]
            print(f"{fault['file']}:{fault['line']} {fault['kind']}: {caught} ({seconds} s)")
            sys.stdout.flush()

        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(work, [fault for fault in faults if key(fault) not in skip]))
        results = [done[key(fault)] for fault in faults]
        catchers = sorted({r["caught"] for r in results if r["caught"] and "::" in r["caught"]})
        if catchers:  # A test that fails anyhow has caught nothing.
            code, output = run(
                ["-m", "pytest", *PYTEST, "--maxfail=1000", *catchers], copies.get(), 3600
            )
            if code != 0:
                sys.exit(f"tests fail without a fault, too:\n{output}")
    survivors = [result for result in results if not result["caught"]]
    for fault in survivors:
        print(f"\n{fault['file']}:{fault['line']} ({fault['kind']})", *fault["diff"], sep="\n")
    caught = len(results) - len(survivors)
    print(f"\ncaught {caught} of {len(results)} ({caught / max(len(results), 1):.0%}); {out}")


main()
