"""A LightGCN training step on 1 to 8 devices, split each way, and in two processes.

``python -m benchmarks.scaling``: batch 2048, 3 layers, width 64, Adam, steps with their sampling in
a scan. The devices are virtual: they share this machine's cores, so a row shows what splitting
costs, not what it gains. Every case must end with the tables of one device; ``difference`` is the
largest, relative to the largest number in the tables. How many devices there are is fixed when JAX
starts, so each count runs in processes of its own, one count after the other.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import harness, report
from jaxrec.train import hosts

COUNTS, QUICK_COUNTS = (1, 2, 4, 8), (1, 8)
STEPS, QUICK_STEPS = 10, 2
BATCH = 2048


def meshes(n_devices: int) -> dict[str, tuple[int, int, int]]:
    """Name and sizes (batches, rows, columns) of every way to split over so many devices."""
    if n_devices == 1:
        return {"one device": (1, 1, 1)}
    alone = {"batches": (n_devices, 1, 1), "rows": (1, n_devices, 1), "columns": (1, 1, n_devices)}
    return alone | ({"2 x 2 x 2": (2, 2, 2)} if n_devices == 8 else {})


def main(options: harness.Options) -> list[dict]:
    """Measures, compares, saves and returns the rows."""
    rows, tables = [], {}
    with tempfile.TemporaryDirectory() as folder:
        counts = [(n, 1) for n in (QUICK_COUNTS if options.quick else COUNTS)]
        for n_devices, n_processes in [*counts, (2, 2)]:
            part = Path(folder) / f"{n_devices}-{n_processes}"
            _start(options, n_devices, n_processes, part)
            rows += json.loads(part.with_suffix(".json").read_text())
            with np.load(part.with_suffix(".npz")) as arrays:
                tables |= dict(arrays)
    single, whole = rows[0]["median_ms"], tables[_name(rows[0])]
    for row in rows:
        row["overhead"] = row["median_ms"] / single - 1
        difference = np.abs(tables[_name(row)] - whole).max() / np.abs(whole).max()
        row["difference"] = float(difference)
    title = f"LightGCN step, {options.data}, virtual devices on {os.cpu_count()} cores"
    report.save(rows, options, report.bars(rows, title))
    worst = max(row["difference"] for row in rows)
    print(f"largest difference to one device's tables: {worst:.1e} of the largest number in them")
    return rows


def _name(row: dict[str, Any]) -> str:
    return f"{row['case']}, {row['formulation']}"


def _start(options: harness.Options, n_devices: int, n_processes: int, part: Path) -> None:
    """Runs ``measure_here`` in as many processes, which share the devices evenly."""
    coordinator = f"127.0.0.1:{hosts.free_port()}"
    each = n_devices // n_processes
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={each}"
    words = json.dumps([dataclasses.asdict(options), n_devices, n_processes, str(part)])
    program = "import json, sys; from benchmarks import scaling; "
    program += "scaling.measure_here(*json.loads(sys.argv[1]))"
    started = []
    for rank in range(n_processes):
        place = coordinator, str(n_processes), str(rank)
        names = dict(zip(hosts.VARIABLES, place, strict=True))
        environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
        environment |= names if n_processes > 1 else {}
        output = None if rank == 0 else subprocess.DEVNULL
        started.append(
            subprocess.Popen([sys.executable, "-c", program, words], env=environment, stdout=output)
        )
    try:
        if any([process.wait() for process in started]):
            raise RuntimeError(f"{n_devices} devices in {n_processes} processes failed")
    finally:
        for process in started:
            process.kill()


def measure_here(settings: dict, n_devices: int, n_processes: int, part: str) -> None:
    """Times every mesh of this process's devices, and writes rows and tables beside ``part``."""
    from jaxrec.train import gather

    hosts.join()
    options = harness.Options(**settings)
    shapes = {"columns": (1, 1, 2)} if n_processes > 1 else meshes(n_devices)
    cases = [_case(options, n_processes, name, shape) for name, shape in shapes.items()]
    rows = harness.measure("scaling", [case for case, _ in cases], options.repeats)
    tables = {}
    for row, (case, like) in zip(rows, cases, strict=True):
        state, _ = case.function(*case.arguments)
        whole = gather(state.params, like.params)
        tables[_name(row)] = np.concatenate([whole["user"], whole["item"]])
    if hosts.is_first():
        Path(part).with_suffix(".json").write_text(json.dumps(rows))
        np.savez(Path(part).with_suffix(".npz"), **tables)


def _case(options: harness.Options, n_processes: int, name: str, shape: tuple[int, int, int]):
    """The case, and its state's shapes on one device."""
    from jaxrec.data import load, split
    from jaxrec.graph import locality_order, renumber, user_items
    from jaxrec.runs import build_training, first_progress, options_of, to_devices
    from jaxrec.sampling import user_uniform
    from jaxrec.train import epoch, on_mesh

    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))  # As jaxrec train does.
    settings = options_of(propagation="bcsr", batch_size=BATCH, devices=shape)
    training = build_training(settings, train)
    mesh = training.mesh
    step = training.step if mesh is None else on_mesh(training.step, mesh)
    state = first_progress(training, seed=0).state
    sample = partial(user_uniform, n_items=train.n_items, batch_size=BATCH)
    n_steps = QUICK_STEPS if options.quick else STEPS
    run = epoch(step, sample, n_steps, donate=False)  # Timed again on one state.
    arguments = to_devices((state, user_items(train)), mesh)
    arguments = arguments[0], training.graph, arguments[1]
    several = f" in {n_processes} processes" if n_processes > 1 else ""
    n_devices = int(np.prod(shape))
    case = f"{n_devices} device{'s' * (n_devices > 1)}{several}, {n_steps} steps in a scan"
    return harness.Case(case, name, run, arguments, per=n_steps), state


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
