"""Checkpoints: what is read is what was written, or one line that says why not.

A long file, for one checkpoint is spoiled in every way.
"""

import itertools
import logging
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest

from jaxrec.base import InputError
from jaxrec.models import mf
from jaxrec.train import Checkpoints, Progress, TrainState, begin


def make(dim=3, epoch=0, optimizer=None) -> Progress:
    """Progress whose every number is drawn, so that nothing matches by being zero."""
    params = mf(n_users=4, n_items=5, dim=dim).init(jax.random.key(epoch))
    optimizer = optimizer or optax.adam(0.1)
    _, opt_state = optimizer.update(params, optimizer.init(params), params)
    state = TrainState(params, opt_state, jax.random.key(42), jnp.asarray(epoch * 7, jnp.int32))
    return begin(state)._replace(epoch=epoch)


def assert_same(found: Progress, saved: Progress):
    assert jax.tree.structure(found) == jax.tree.structure(saved)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(saved), strict=True):
        assert type(a) is type(b)
        if isinstance(a, jax.Array):
            assert a.dtype == b.dtype
            if jax.dtypes.issubdtype(a.dtype, jax.dtypes.prng_key):
                a, b = jax.random.key_data(a), jax.random.key_data(b)
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def folder(tmp_path):
    """A folder with one checkpoint, of epoch 1."""
    with Checkpoints(tmp_path / "run") as checkpoints:
        checkpoints.save(make(epoch=1))
    return tmp_path / "run"


def test_progress_returns_to_the_bit(folder):
    with Checkpoints(folder, read_only=True) as checkpoints:
        assert checkpoints.epoch == 1
        found = checkpoints.restore(make())
    assert_same(found, make(epoch=1))
    assert found.best_value == -math.inf
    assert jax.random.bits(found.state.step_key(0)) == jax.random.bits(
        make(epoch=1).state.step_key(0)
    )


def test_best_parameters_are_kept_apart_from_the_newest(tmp_path):
    best = jax.tree.map(lambda table: -table, make(epoch=2).state.params)
    saved = make(epoch=2)._replace(best_params=best, best_value=0.25, best_epoch=1)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(saved)
        assert_same(checkpoints.restore(make()), saved)
        found = checkpoints.best_params(make().best_params)
    jax.tree.map(np.testing.assert_array_equal, found, best)


def test_one_checkpoint_is_kept_and_it_is_the_newest(folder):
    with Checkpoints(folder) as checkpoints:
        for epoch in (2, 5):
            checkpoints.save(make(epoch=epoch))
        assert_same(checkpoints.restore(make()), make(epoch=5))
    assert [path.name for path in folder.iterdir()] == ["5"]


def test_saving_an_epoch_again_changes_nothing(folder):
    with Checkpoints(folder) as checkpoints:
        checkpoints.save(make(epoch=1)._replace(best_value=9.0))
        assert_same(checkpoints.restore(make()), make(epoch=1))


def refuse(folder, like, match):
    with Checkpoints(folder, read_only=True) as checkpoints:
        for read in (lambda: checkpoints.restore(like), lambda: checkpoints.best_params(like[1])):
            with pytest.raises(InputError, match=match) as error:
                read()
            assert "\n" not in str(error.value)


def test_another_width_is_refused(folder):
    refuse(folder, make(dim=2), r"another model .*item has shape \(5, 3\), not \(5, 2\)")


def test_another_set_of_tables_is_refused(folder):
    like = make()
    tables = like.best_params | {"entity": jnp.zeros((2, 3))}
    like = like._replace(best_params=tables, state=like.state._replace(params=tables))
    refuse(folder, like, "corrupt or belongs to another model")


def test_another_optimizer_is_refused(folder):
    with Checkpoints(folder, read_only=True) as checkpoints:
        with pytest.raises(InputError, match="corrupt or belongs to another model") as error:
            checkpoints.restore(make(optimizer=optax.sgd(0.1, momentum=0.9)))
    assert "\n" not in str(error.value)


def spoil(paths, damage):
    for path in paths:
        if damage == "deleted":
            path.unlink()
        else:
            path.write_bytes(b"" if damage == "truncated" else b"\x00garbage\xff")


DAMAGES = ["truncated", "deleted", "overwritten"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_checkpoint_with_damaged_descriptions_is_refused(folder, damage):
    spoil([folder / "1" / item / "_METADATA" for item in ("best", "rest")], damage)
    refuse(folder, make(), "corrupt or belongs to another model")


def refuse_damaged_data(folder):
    """Prints why each copy of a checkpoint is refused when its data, not its metadata, is bad."""
    for damage in DAMAGES:
        copy = shutil.copytree(folder, f"{folder}-{damage}")
        spoil([path for path in (Path(copy) / "1").glob("*/d/*") if path.is_file()], damage)
        with Checkpoints(Path(copy), read_only=True) as checkpoints:
            for read, like in (
                (checkpoints.restore, make()),
                (checkpoints.best_params, make().best_params),
            ):
                try:
                    read(like)
                except InputError as error:
                    print(error, flush=True)


def run_here(code):
    """Starts a process that finds this module; its output is to be read."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import test_checkpoint; test_checkpoint.{code}"],
        cwd=Path(__file__).parent,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_checkpoint_with_damaged_data_is_refused(folder):
    # In a process of its own: orbax abandons the other reads when one fails, and they complain
    # from threads, at any time.
    with run_here(f"refuse_damaged_data({str(folder)!r})") as process:
        output, _ = process.communicate()
    lines = output.splitlines()
    assert len(lines) == 2 * len(DAMAGES)
    assert all("is corrupt or belongs to another model" in line for line in lines)


@pytest.mark.parametrize("content", [[], ["readme.txt"], ["src/main.c", "data/x"]])
def test_a_folder_without_checkpoints_is_refused(tmp_path, content):
    for name in content:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("something else")
    refuse(tmp_path, make(), "holds no checkpoint")


def test_a_folder_of_somebody_else_with_a_number_for_a_name_is_refused(tmp_path):
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "photo.txt").write_text("something else")
    refuse(tmp_path, make(), "holds no checkpoint|corrupt or belongs to another model")


def test_a_missing_folder_is_refused_and_not_made(tmp_path):
    refuse(tmp_path / "nowhere", make(), "nowhere holds no checkpoint")
    assert not (tmp_path / "nowhere").exists()


def test_a_half_written_checkpoint_is_passed_over(folder):
    shutil.copytree(folder / "1", folder / "2.orbax-checkpoint-tmp")
    shutil.rmtree(folder / "2.orbax-checkpoint-tmp" / "rest")
    with Checkpoints(folder) as checkpoints:
        assert checkpoints.epoch == 1
        assert_same(checkpoints.restore(make()), make(epoch=1))
        checkpoints.save(make(epoch=2))
        assert_same(checkpoints.restore(make()), make(epoch=2))


def save_forever(folder):
    with Checkpoints(Path(folder)) as checkpoints:
        for epoch in itertools.count(1):
            progress = make(epoch=epoch)
            print(epoch, flush=True)
            checkpoints.save(progress)


@pytest.mark.integration
def test_a_process_killed_while_saving_leaves_a_whole_checkpoint(tmp_path):
    with run_here(f"save_forever({str(tmp_path)!r})") as process:
        assert process.stdout is not None
        begun = [process.stdout.readline() for _ in range(3)]
        time.sleep(0.02)  # A save takes about 0.08 s.
        process.kill()
        begun += process.stdout.readlines()
    with Checkpoints(tmp_path) as checkpoints:
        found = checkpoints.restore(make())
    assert found.epoch in (int(begun[-1]) - 1, int(begun[-1]))
    assert_same(found, make(epoch=found.epoch))


def test_the_callers_loggers_stay_as_they_were():
    program = "import logging, jaxrec.train; print(logging.getLogger('absl').level)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert int(done.stdout) < logging.CRITICAL


def test_a_folder_is_closed_on_the_way_out(tmp_path, monkeypatch):
    closed, close = [], ocp.CheckpointManager.close
    monkeypatch.setattr(
        ocp.CheckpointManager, "close", lambda self: (closed.append(self), close(self))
    )
    with Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.epoch is None and not closed
    assert len(closed) == 1
