"""What ``jaxrec inspect`` estimates without compiling."""

import jax
import numpy as np
import pytest

from jaxrec.cli.inspect import inspect
from jaxrec.cli.options.by_model import inspect_kind
from jaxrec.data import Interactions
from jaxrec.runs.costs import estimate
from jaxrec.runs.costs.epoch_costs import CACHE_BYTES, Costs, Sizes, epoch_seconds, stored
from jaxrec.runs.costs.memory import (
    EDGE_BYTES,
    GRADIENT_COPIES,
    MIB,
    PROGRAMS_MB,
    ROW_BYTES,
    SCORE_COPIES,
    TABLE_COPIES,
    process_memory,
)
from jaxrec.runs.model_options import options_of

KNOWN = Costs("cpu", "a", "b", {}, 1.0, 1e-3, 2e-9, 3e-9, 5e-9, 7e-9, {"lightgcn": 1.0, "mf": 2.0})
FAR = Sizes(n_edges=8000, n_users=60_000, n_items=40_000, n_train=4000)
NEAR = FAR._replace(n_users=600, n_items=400)


def test_an_epoch_is_its_steps_of_edges_rows_and_samples():
    settings = options_of("lightgcn", dim=16, n_layers=2, batch_size=1000, negatives=3)
    step = 1e-3 + 2e-9 * 2 * 8000 * 16 + 5e-9 * 1000 * 16 + 7e-9 * 1000 * 5 * 16
    assert epoch_seconds(KNOWN, NEAR, settings) == pytest.approx(4 * step)
    assert epoch_seconds(KNOWN, NEAR, settings, slowdown=3.0) == pytest.approx(12 * step)


def test_edges_cost_more_by_the_share_of_tables_beyond_the_cache():
    settings = options_of("lightgcn", dim=16, n_layers=2, batch_size=1000)
    edge = 2e-9 + 3e-9 * (1 - CACHE_BYTES / (4 * 100_000 * 16))
    step = 1e-3 + edge * 2 * 8000 * 16 + 5e-9 * 100_000 * 16 + 7e-9 * 1000 * 3 * 16
    assert epoch_seconds(KNOWN, FAR, settings) == pytest.approx(4 * step)


def test_a_model_without_graph_pays_for_no_edges():
    settings = options_of("mf", dim=16, batch_size=1000, steps=10)
    step = 1e-3 + 5e-9 * 1000 * 16 + 7e-9 * 1000 * 3 * 16
    assert epoch_seconds(KNOWN, NEAR, settings) == pytest.approx(10 * 2.0 * step)


def test_a_model_that_was_not_measured_has_no_estimate():
    assert epoch_seconds(KNOWN, NEAR, options_of("kgcn")) is None
    assert "no estimate for kgcn" in estimate.time_line(options_of("kgcn"), None)


def test_the_time_of_all_epochs_is_told_in_hours_and_minutes():
    line = estimate.time_line(options_of("mf"), 1240.0)
    assert "21 min an epoch, at most 344 h for 1,000 epochs (patience usually" in line
    last = estimate.time_line(options_of("mf", valid_fraction=0.0, epochs=3), 0.8)
    assert "0.8 s an epoch, at most 2 s for 3 epochs;" in last


def test_memory_is_programs_and_data_and_tables_and_a_block_of_scores():
    users = np.arange(100, dtype=np.int32)
    train = Interactions(users, users % 50, n_users=100, n_items=50)
    found = process_memory(train, options_of("lightgcn", dim=8, n_layers=2), n_rows=130)
    assert found.programs_mb == PROGRAMS_MB
    assert found.data_mb == pytest.approx((ROW_BYTES * 130 + EDGE_BYTES * 200) / MIB)
    table, scores = 150 * 8 * 4, SCORE_COPIES * 100 * 50 * 4
    assert scores > (GRADIENT_COPIES + 2 * 2) * table  # The larger of the two counts.
    assert found.training_mb == pytest.approx((TABLE_COPIES * table + scores) / MIB)
    assert found.peak_mb == pytest.approx(sum(found))


def test_inspect_compiles_nothing(clicks, capfd):
    compiled = []

    def on_event(name: str, seconds: float, **about) -> None:
        del seconds, about
        if "backend_compile" in name:
            compiled.append(name)

    settings = inspect_kind("lightgcn")(data=str(clicks))
    inspect(settings)  # What checks of options need, such as keys, is compiled once.
    capfd.readouterr()
    jax.monitoring.register_event_duration_secs_listener(on_event)
    try:
        found = inspect(settings)
    finally:
        jax.monitoring.clear_event_listeners()
    assert compiled == []
    assert found["estimate"]["epoch_seconds"] > 0 and "training" not in found
    assert "Time, roughly estimated" in capfd.readouterr().out


def test_stored_costs_are_of_every_trained_model_without_facts():
    found = stored()
    assert {"lightgcn", "mf", "lightgcn_item", "ngcf", "gat", "bgcf"} <= found.factor.keys()
    assert found.platform == "cpu" and min(found[4:10]) >= 0 and "jaxlib" in found.versions
