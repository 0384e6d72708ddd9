"""The loop, on a made-up epoch whose state counts and whose validation is given."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.train import Diverged, TrainState, begin, fit


@pytest.fixture
def progress(key):
    return begin(TrainState({"table": jnp.zeros(2)}, (), key, jnp.zeros((), jnp.int32)))


def count(state):
    """An epoch that adds one to every parameter and to the step, and consumes its state."""
    table, step = state.params["table"] + 1, state.step + 1
    state.params["table"].delete()
    return state._replace(params={"table": table}, step=step), {"loss": 1 / step}


def follow(values):
    """A validation that gives the value of the epoch; the table counts epochs."""
    return lambda params: values[int(params["table"][0]) - 1]


def test_before_the_first_epoch_nothing_is_best(progress):
    assert (progress.best_value, progress.best_epoch, progress.epoch) == (-math.inf, 0, 0)


def test_without_validation_all_epochs_run_and_the_last_is_best(progress):
    after = fit(count, progress, n_epochs=3, patience=1)
    assert (after.epoch, after.best_epoch, after.best_value) == (3, 3, -math.inf)
    assert after.best_params["table"].tolist() == after.state.params["table"].tolist() == [3, 3]


def test_the_best_parameters_are_those_of_the_best_validation(progress):
    after = fit(count, progress, n_epochs=4, validate=follow([0.1, 0.4, 0.4, 0.2]))
    assert (after.epoch, after.best_epoch, after.best_value) == (4, 2, 0.4)  # A tie is no better.
    assert after.best_params["table"].tolist() == [2, 2]
    assert after.state.params["table"].tolist() == [4, 4]


def test_stops_when_patience_epochs_brought_nothing_better(progress):
    values = [0.1, 0.3, 0.2, 0.3, 0.1, 0.9]
    after = fit(count, progress, n_epochs=6, validate=follow(values), patience=3)
    assert (after.epoch, after.best_epoch) == (5, 2)


def test_impatience_waits_for_a_validation(progress):
    """Patience shorter than the interval must not stop a run that was never validated."""
    values = [9.0, 9.0, 0.1, 9.0, 9.0, 0.2, 9.0, 9.0, 0.1, 9.0]
    options = {"validate": follow(values), "validate_every": 3, "patience": 1}
    after = fit(count, progress, n_epochs=10, **options)
    assert (after.epoch, after.best_epoch, after.best_value) == (9, 6, 0.2)


def test_validates_every_few_epochs_and_after_the_last(progress):
    rows = []
    fit(
        count,
        progress,
        n_epochs=5,
        validate=follow([0.1, 0.2, 0.3, 0.4, 0.5]),
        validate_every=2,
        on_epoch=lambda progress, row: rows.append(row),
    )
    assert [row.get("valid") for row in rows] == [None, 0.2, None, 0.4, 0.5]
    assert [row["loss"] for row in rows] == pytest.approx([1 / n for n in range(1, 6)])


def test_on_epoch_sees_every_epoch_with_its_progress(progress):
    seen = []
    on_epoch = lambda now, row: seen.append((now.epoch, now.best_epoch, row["valid"]))
    fit(count, progress, n_epochs=3, validate=follow([0.1, 0.3, 0.2]), on_epoch=on_epoch)
    assert seen == [(1, 1, 0.1), (2, 2, 0.3), (3, 2, 0.2)]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_metric_that_is_not_finite_stops_before_on_epoch(progress, bad):
    def run_epoch(state):
        state, means = count(state)
        return state, means | {"l2": jnp.asarray(bad if state.step == 2 else 0.0)}

    seen = []
    with pytest.raises(Diverged, match=f"diverged in epoch 2: l2 is {bad}"):
        fit(run_epoch, progress, n_epochs=3, on_epoch=lambda now, row: seen.append(now.epoch))
    assert seen == [1]


@pytest.mark.parametrize("stop", [1, 2, 3, 4])
def test_a_run_taken_up_again_ends_as_the_unbroken_one(key, stop):
    options = {"validate": follow([0.1, 0.5, 0.2, 0.3, 0.4, 0.6]), "patience": 3}
    fresh = lambda: begin(TrainState({"table": jnp.zeros(2)}, (), key, jnp.zeros((), jnp.int32)))
    unbroken = fit(count, fresh(), n_epochs=6, **options)
    resumed = fit(count, fit(count, fresh(), n_epochs=stop, **options), n_epochs=6, **options)
    assert resumed.state.key == unbroken.state.key
    plain = lambda progress: progress._replace(state=progress.state._replace(key=None))
    jax.tree.map(np.testing.assert_array_equal, plain(resumed), plain(unbroken))


def test_a_finished_run_goes_no_further(progress):
    done = fit(count, progress, n_epochs=2)
    assert fit(count, done, n_epochs=2) is done
