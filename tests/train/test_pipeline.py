"""Producers and their consumer, with costs that are slept, and a run that is killed.

A long file, for all producers and programs that it starts are small.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import weakref

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.train import Pipeline

SLEEP = 0.02
"""Seconds; a switch of threads takes a thousandth of it."""


def draw(rng, t):
    """Later batches are done sooner, so that order is not that of making."""
    time.sleep(SLEEP / (1 + t % 3))
    return t, rng.integers(2**31, size=3).tolist()


def producers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("jaxrec-producer")]


def broken(rng, t):
    if t == 3:
        raise ArithmeticError("item 17 has no neighbors")
    return t


@pytest.mark.parametrize("n_threads", [1, 4])
def test_batch_t_is_a_function_of_seed_and_t_and_comes_in_order(n_threads):
    expected = [
        (t, np.random.default_rng((5, t)).integers(2**31, size=3).tolist()) for t in range(9)
    ]
    with Pipeline(draw, seed=5, stop=9, n_threads=n_threads, n_ahead=5) as batches:
        assert list(batches) == expected
        assert batches.step == 9 and next(batches, None) is None
    with Pipeline(draw, seed=5, start=4, stop=9, n_threads=n_threads, n_ahead=4) as batches:
        assert list(batches) == expected[4:]


def test_no_more_batches_are_made_than_are_asked_for_ahead():
    begun = []
    make = lambda rng, t: begun.append(t)
    with Pipeline(make, seed=0, n_threads=2, n_ahead=3) as batches:
        for n_taken in (0, 1, 2):
            deadline = time.monotonic() + 10
            while len(begun) < n_taken + 3 and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(SLEEP)  # Time to overrun.
            assert sorted(begun) == list(range(n_taken + 3))
            next(batches)


def test_what_a_producer_raises_is_raised_at_once_with_its_message_and_traceback():
    waits = lambda rng, t: broken(rng, t) if t == 3 else time.sleep(SLEEP)
    with Pipeline(waits, seed=0, n_threads=4, n_ahead=4) as batches:
        with pytest.raises(ArithmeticError) as raised:
            next(batches)  # Batch 3 was broken before batch 0 was made.
    assert str(raised.value) == "item 17 has no neighbors"
    frames = traceback.extract_tb(raised.value.__traceback__)
    assert frames[-1].name == "broken" and frames[-1].line.startswith("raise ArithmeticError")
    assert raised.value.__notes__ == ["raised in making batch 3"]
    assert batches.step == 0 and not producers()


def test_a_consumer_that_waits_learns_of_an_error_when_it_happens():
    def make(rng, t):
        time.sleep(SLEEP if t else 60 * SLEEP)
        return broken(rng, 3)

    with Pipeline(make, seed=0, n_threads=2) as batches:
        start = time.perf_counter()
        with pytest.raises(ArithmeticError, match="item 17"):
            next(batches)
        assert time.perf_counter() - start < 30 * SLEEP


def test_a_producer_that_runs_dry_does_not_pass_for_the_end():
    with Pipeline(lambda rng, t: next(iter(())), seed=0) as batches:
        with pytest.raises(RuntimeError, match="producer of batch 0 raised StopIteration"):
            list(batches)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_no_thread_is_left_when_the_block_is_left(error):
    with pytest.raises(error):
        with Pipeline(draw, seed=0, n_threads=3, n_ahead=8) as batches:
            next(batches)
            assert len(producers()) == 3
            raise error
    assert not producers()
    with Pipeline(draw, seed=0, n_threads=2) as batches:  # Nothing was taken.
        pass
    assert not producers()


def test_no_thread_is_left_where_one_cannot_be_started(monkeypatch):
    def refused():
        raise RuntimeError("can't start new thread")

    batches = Pipeline(draw, seed=0, n_threads=3, n_ahead=3)
    monkeypatch.setattr(batches._threads[2], "start", refused)
    with pytest.raises(RuntimeError, match="can't start"):
        with batches:
            pytest.fail("has started")
    assert not producers()


@pytest.fixture
def interruptible():
    """Processes that run tests in parallel ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_reaches_a_consumer_that_waits(interruptible):
    with pytest.raises(KeyboardInterrupt):
        with Pipeline(lambda rng, t: time.sleep(20 * SLEEP), seed=0) as batches:
            timer = threading.Timer(SLEEP, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            next(batches)
    timer.join()
    assert not producers()


def test_a_pipeline_runs_once_and_within_its_block():
    batches = Pipeline(draw, seed=0)
    with pytest.raises(InputError, match="take batches within `with pipeline:`"):
        next(batches)
    with batches:
        next(batches)
    with pytest.raises(InputError, match="has run; make another with start=pipeline.step"):
        batches.__enter__()
    with pytest.raises(InputError, match="pipeline is closed"):
        next(batches)
    assert batches.step == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"seed": -1}, "seed is -1 and start 0; give 0 or more"),
        ({"start": 4, "stop": 3}, "stop is 3 and start 4"),
        ({"n_threads": 0}, "0 threads for 2 batches ahead; give 1 thread"),
        ({"n_threads": 3}, "3 threads for 2 batches ahead"),
    ],
)
def test_numbers_out_of_range_are_refused(options, told):
    with pytest.raises(InputError, match=told):
        Pipeline(draw, **({"seed": 0} | options))


RUN = """
import hashlib, pathlib, sys, time
import numpy as np
from jaxrec.train import Pipeline

folder = pathlib.Path(sys.argv[1])
place = folder / "step"
start = int(place.read_text()) if place.exists() else 0

def make(rng, t):
    time.sleep(0.002 * (t % 3))
    return hashlib.sha1(rng.bytes(100)).hexdigest()

with Pipeline(make, seed=3, start=start, stop=60, n_threads=3, n_ahead=6) as batches:
    for digest in batches:
        with open(folder / "seen", "a") as seen:
            seen.write(f"{batches.step - 1} {digest}\\n")
        if batches.step % 7 == 0:  # A checkpoint, whole or not at all.
            (folder / "new").write_text(str(batches.step))
            (folder / "new").replace(place)
        time.sleep(0.005)
"""


@pytest.mark.integration
def test_a_killed_run_resumes_with_the_same_batches(tmp_path):
    seen = tmp_path / "seen"
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    child = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        if seen.exists() and seen.read_text().count("\n") >= 17:
            break
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    before = seen.read_text().splitlines()
    assert 17 <= len(before) < 60
    subprocess.run(command, check=True, timeout=60)
    after = seen.read_text().splitlines()[len(before) :]
    taken = int(after[0].split()[0])
    assert taken == len(before) // 7 * 7 or taken == (len(before) - 1) // 7 * 7
    replayed = len(before) - taken
    assert after[:replayed] == before[taken:]
    rng = lambda t: np.random.default_rng((3, t)).bytes(100)
    import hashlib

    expected = [f"{t} {hashlib.sha1(rng(t)).hexdigest()}" for t in range(60)]
    assert before[:taken] + after == expected


@pytest.mark.parametrize("n_threads", [1, 4])
def test_batches_alive_are_those_ahead_and_the_one_in_use(n_threads):
    class Batch:
        """Weakly referenced, unlike numbers."""

    alive, most, lock = weakref.WeakSet(), [0], threading.Lock()

    def make(rng, t):
        batch = Batch()
        with lock:
            alive.add(batch)
            most[0] = max(most[0], len(alive))
        time.sleep(SLEEP / 10)
        return batch

    with Pipeline(make, seed=0, stop=40, n_threads=n_threads, n_ahead=4) as batches:
        for _ in range(40):
            next(batches)
            time.sleep(SLEEP / (1 + batches.step % 3))
    assert 4 <= most[0] <= 5
    with Pipeline(make, seed=0, n_threads=n_threads, n_ahead=4) as batches:
        while len(alive) < 4:
            time.sleep(SLEEP / 10)
    assert batches.step == 0 and not alive  # Leaving the block drops unused batches.
