import jax
import numpy as np
import pytest

from jaxrec.cli import main
from jaxrec.commands.assemble import build_epoch, build_graph, build_training, first_progress
from jaxrec.commands.options import options
from jaxrec.data import block_model
from jaxrec.losses import softmax
from jaxrec.sampling import by_user, every_item
from tests.commands.conftest import SMALL

TRAIN = block_model(n_users=60, n_items=40, n_blocks=4, p_in=0.6, p_out=0.02, seed=0)


def steps_by_epoch(schedule, n_epochs=5):
    """How far the item table moves in each epoch."""
    settings = options("mf", batch_size=64, epochs=n_epochs, schedule=schedule)
    training = build_training(settings, TRAIN)
    run = build_epoch(settings, training, TRAIN.n_items, report=None)
    state, tables, moved = first_progress(training, seed=0).state, [], []
    for _ in range(n_epochs):
        tables.append(np.asarray(state.params["item"]))
        state, _ = run(state, training.graph, training.tables)
        moved.append(np.abs(np.asarray(state.params["item"]) - tables[-1]).mean())
    return moved


def test_a_cosine_brings_steps_down_to_nothing_at_the_last_epoch():
    constant, cosine = steps_by_epoch("constant"), steps_by_epoch("cosine")
    assert constant[-1] > 0.5 * constant[0]
    assert cosine[-1] < 0.1 * cosine[0]
    assert cosine[0] == pytest.approx(constant[0], rel=0.1)


SMALL_TABLE = {"aggregator": "pool", "width": 3}


@pytest.mark.parametrize(("model", "own"), [("bgcf", {}), ("graphsage", SMALL_TABLE)])
def test_what_a_graph_draws_depends_on_the_seed(model, own):
    drawn = [build_graph(options(model, seed=seed, **own), TRAIN) for seed in (0, 0, 1)]
    first, again, other = (jax.tree.leaves(graph) for graph in drawn)
    differs = lambda graph: any(
        a.shape != b.shape or (a != b).any() for a, b in zip(first, graph, strict=True)
    )
    assert not differs(again) and differs(other)


def test_all_candidates_train_on_the_softmax_over_every_item(key):
    settings = options("mf", batch_size=64, loss="softmax", candidates="all", l2=0.0)
    training = build_training(settings, TRAIN)
    params = training.model.init(key)
    state = training.step.init(params, key)
    batch = every_item(by_user)(key, training.likes, TRAIN.n_items, 64)
    _, metrics = training.step.update(state, training.graph, batch)
    scores = params["user"][batch.query] @ params["item"].T
    expected = softmax(scores, batch.label, batch.mask)
    np.testing.assert_allclose(metrics["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("candidates", ["uniform", "popularity", "in_batch", "shared", "all"])
@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_every_law_of_candidates_trains_from_the_command_line(candidates, loss, clicks, tmp_path):
    words = ["--candidates", candidates, "--loss", loss, "--model", "mf"]
    words += [] if candidates in ("in_batch", "all") else ["--negatives", "4"]
    out = tmp_path / "run"
    assert main(["train", "--data", str(clicks), "--out", str(out), *SMALL, *words]) == 0
    assert (out / "metrics.json").exists()
