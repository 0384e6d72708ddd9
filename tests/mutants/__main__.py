"""Plants faults at random places of a copy of the project and asks the tests to find them.

``python -m tests.mutants --n 60 --seed 0`` prints the share of faults that a test caught and the
others' diffs. A fault is shown to the tests that run its line, which one run of all tests records
first (``coverage_map``). Results go to a file of JSON lines, a fault each, and those that it holds
are not tried again: the command goes on where it was stopped. ``--again`` tries survivors once
more. Faults of ``equivalent.toml`` change nothing that a test could see and are left out.

A long file, for it is one program.
"""

import argparse
import difflib
import hashlib
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.mutants.coverage_map import FOLDER, CoverageMap, read
from tests.mutants.operators import differs, mutants

ROOT = Path(__file__).parents[2]
PACKAGES = ("data", "graph", "sampling", "train", "evaluate", "retrieve")
PACKAGES += ("tasks", "registry", "runs", "search", "cli")
LEFT_OUT = ("jaxrec/retrieve/beam.py", "jaxrec/retrieve/partitions.py")
"""Files whose tests need an extra that `test` does not bring."""
PYTEST = ("-x", "-q", "-o", "addopts=", "--import-mode=importlib", "-m", "not slow")
PYTEST += ("-p", "no:cacheprovider", "--no-header", "--tb=no")
PYTEST += ("-o", "faulthandler_exit_on_timeout=true")  # Of a test that never ends.
NOT_COPIED = (".git", "__pycache__", ".*_cache", ".venv", "*.egg-info", ".hyp*")
NOT_COPIED_OF_ROOT = {"runs", "exported", "dist", ".ci"}
"""Made here; a package of one of these names elsewhere is copied."""


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


def not_copied(folder: str, names: list[str]) -> set[str]:
    """Which of the ``names`` in ``folder`` a copy of the project leaves out."""
    root = NOT_COPIED_OF_ROOT if Path(folder) == ROOT else set()
    return shutil.ignore_patterns(*NOT_COPIED)(folder, names) | root & set(names)


def recorded(folder: Path, jobs: int) -> CoverageMap:
    """Which test runs which line of the copy in ``folder``; recorded anew when anything changed."""
    digest = hashlib.sha256()
    for part in ("jaxrec", "tests"):
        for path in sorted((folder / part).rglob("*.py")):
            digest.update(path.read_bytes() if "mutants" not in path.parts else b"")
    out = ROOT / "runs" / f"coverage-map-{digest.hexdigest()[:12]}"
    if not out.exists():
        print(f"recording which test runs which line into {out}", flush=True)
        part = out.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        words = ["-p", "tests.mutants.coverage_map", "-n", str(jobs), "--dist", "loadfile", "tests"]
        kept = [word for word in PYTEST if word != "-x"]
        code, output = run(["-m", "pytest", *kept, *words], folder, 7200, **{FOLDER: str(part)})
        if code != 0:
            sys.exit(f"tests fail without a fault, too:\n{output}")
        part.rename(out)
    return read(out)


def run(
    command: list[str], folder: Path, timeout: float, **variables: str
) -> tuple[int | None, str]:
    """Exit code, None when time was up, and output; nothing that it started goes on."""
    env = os.environ | {"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"} | variables
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


def tried(fault: dict[str, Any], folder: Path, known: CoverageMap, slack: float) -> dict[str, Any]:
    """The fault and which test caught it, if one did."""
    path, text, start = folder / fault["file"], fault.pop("text"), time.perf_counter()
    compiled = Path(importlib.util.cache_from_source(str(path)))
    original, caught = path.read_text(), None
    tests = known.tests(fault["file"], fault["line"], original)
    usual = sum(known.seconds[test] for test in tests)
    names = folder / "tests.txt"
    names.write_text("\n".join(tests))
    try:
        path.write_text(text)
        compiled.unlink(missing_ok=True)  # It is known by seconds and size alone.
        if tests:
            limit = slack * (60 + usual)
            longest = slack * (20 + max(known.seconds[test] for test in tests))
            words = ["-o", f"faulthandler_timeout={longest}", *PYTEST, f"@{names}"]
            code, output = run(["-m", "pytest", *words], folder, limit)
            if code != 0:
                failed = "\n".join(re.findall(r"^(?:FAILED|ERROR) (.+)", output, re.MULTILINE))
                named = max(filter(failed.startswith, tests), key=len, default=f"exit {code}")
                late = code is None or re.search(r"Timeout \(\d", output)
                caught = "time" if late else named
    finally:
        path.write_text(original)
        compiled.unlink(missing_ok=True)
    if (caught or "").startswith("exit"):  # As of names that are no tests, without any fault.
        code, output = run(["-m", "pytest", *PYTEST, "--collect-only", f"@{names}"], folder, 600)
        if code != 0:
            sys.exit(f"tests of the map cannot be collected; delete it and record anew:\n{output}")
    seconds = round(time.perf_counter() - start, 1)
    return fault | {"tests": len(tests), "caught": caught, "seconds": seconds}


def main() -> None:
    """Runs what is not yet in the file of results and prints the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--n", type=int, default=60, help="number of faults")
    parser.add_argument("--seed", type=int, default=0, help="of places and faults")
    parser.add_argument("--jobs", type=int, default=1, help="faults at a time, a copy each")
    parser.add_argument("--out", type=Path, help="results; by default runs/mutants-SEED.jsonl")
    parser.add_argument("--packages", nargs="+", default=PACKAGES, choices=PACKAGES)
    parser.add_argument("--slack", type=float, default=5, help="times the usual time of tests")
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
            copies.put(shutil.copytree(ROOT, folder, ignore=not_copied))
            code, seen = run(["-c", "import jaxrec; print(jaxrec.__file__)"], folder, 60)
            assert code == 0 and Path(seen.strip()).is_relative_to(folder.resolve()), seen
        known = recorded(folder, options.jobs)

        def work(fault: dict[str, Any]) -> None:
            folder = copies.get()
            result = tried(dict(fault), folder, known, options.slack)
            copies.put(folder)
            done[key(fault)] = result
            with out.open("a") as file:
                file.write(json.dumps(result) + "\n")
            caught, seconds = result["caught"] or "SURVIVED", result["seconds"]
            tests = f"{result['tests']} tests, {seconds} s"
            print(f"{fault['file']}:{fault['line']} {fault['kind']}: {caught} ({tests})")
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
