"""What ``jaxrec inspect`` foretells, and what it leaves out."""

import dataclasses

import numpy as np
import pytest

from jaxrec.data import Interactions
from jaxrec.runs.costs import forecast
from jaxrec.runs.costs.forecast import WORTH_DENSE, Forecast, forecasts, message_bytes
from jaxrec.runs.model_options import kind

LIKES = Interactions(np.arange(8, dtype=np.int32), np.zeros(8, np.int32), n_users=8, n_items=1)


@pytest.fixture
def tried(monkeypatch):
    """Forecasts of a model for so many users and items, by formulation, nothing being compiled."""
    made = lambda train, settings: Forecast(settings.propagation, 0.0, 0.0)
    monkeypatch.setattr(forecast, "forecast", made)

    def told(model, n_users, n_items):
        train = dataclasses.replace(LIKES, n_users=n_users, n_items=n_items)
        return {one.formulation: one for one in forecasts(train, kind(model)(batch_size=8))}

    return told


@pytest.mark.parametrize("model", ["gcn", "lightgcn"])
def test_a_matrix_too_dense_for_a_graph_laid_out_whole_is_left_out(model, tried):
    """That of gcn is ``(U + I)^2``, which may pass the limit where ``U I`` does not."""
    assert 20_000 * 1_600 < WORTH_DENSE < 21_600**2
    found = tried(model, 20_000, 1_600)
    assert "dense" not in found and "bcsr" in found
    assert "dense" in tried(model, 6_000, 4_000)


def test_messages_and_their_cotangents_are_kept_where_there_are_any():
    assert message_bytes("segment_sum", 10, 3) == 2 * 10 * 3 * 4
    assert message_bytes("bcsr", 10, 3) == 0


def test_messages_that_do_not_fit_are_not_tried(monkeypatch, tried):
    monkeypatch.setattr(forecast, "free_bytes", lambda: 0.0)
    told = tried("lightgcn", 8, 1)
    assert told["segment_sum"].epoch_seconds is None
    assert told["segment_sum"].memory_mb == 2 * 16 * 64 * 4 / 2**20
    assert told["bcsr"].epoch_seconds == 0.0
