import dataclasses
from itertools import product

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.cli.main import main
from jaxrec.data import block_model
from jaxrec.graph import user_items
from jaxrec.losses import softmax
from jaxrec.runs.costs import memory
from jaxrec.runs.fit.assemble import build_graph
from jaxrec.runs.fit.training import build_epoch, build_training, first_progress, say_rank
from jaxrec.runs.model_options import options_of
from jaxrec.sampling import by_user, every_item
from jaxrec.tasks.ranking import candidates
from tests.cli.conftest import SMALL

TRAIN = block_model(n_users=60, n_items=40, n_blocks=4, p_in=0.6, p_out=0.02, seed=0)


SMALL_TABLE = {"aggregator": "pool", "width": 3}


@pytest.mark.parametrize(("model", "own"), [("bgcf", {}), ("graphsage", SMALL_TABLE)])
def test_what_a_graph_draws_depends_on_the_seed(model, own):
    drawn = [build_graph(options_of(model, seed=seed, **own), TRAIN) for seed in (0, 0, 1)]
    first, again, other = (jax.tree.leaves(jax.device_get(graph)) for graph in drawn)
    differs = lambda graph: any(
        a.shape != b.shape or (a != b).any() for a, b in zip(first, graph, strict=True)
    )
    assert not differs(again) and differs(other)


def test_a_matrix_of_items_that_does_not_fit_is_refused_before_the_work(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 3 * 2**30)
    many = dataclasses.replace(TRAIN, n_items=20_000)
    with pytest.raises(InputError, match=r"ease takes 6.0 GiB .* 20,000 items and 3.0 are free"):
        build_training(options_of("ease"), many)
    build_training(options_of("ease"), dataclasses.replace(TRAIN, n_items=10_000))


def test_a_rank_beyond_the_data_is_said(capfd):
    for rank, said in ((40, ""), (41, "--rank 41 is more than the data have; 40 is all of them\n")):
        say_rank(options_of("gf_cf", rank=rank), TRAIN)
        assert capfd.readouterr().err == said


def test_all_candidates_train_on_the_softmax_over_every_item(key):
    settings = options_of("mf", batch_size=64, loss="softmax", candidates="all", l2=0.0)
    training = build_training(settings, TRAIN)

    @jax.jit
    def losses(likes):
        params = training.model.init(key)
        batch = every_item(by_user)(key, likes, TRAIN.n_items, 64)
        _, metrics = training.step.update(training.step.init(params, key), training.graph, batch)
        scores = params["user"][batch.query] @ params["item"].T
        return metrics["loss"], softmax(scores, batch.label, batch.mask)

    np.testing.assert_allclose(*losses(user_items(TRAIN)), rtol=1e-5)


BANDED = {"candidates": "band", "band": (2, 12), "negatives": 4, "curriculum": 2}


def test_a_band_holds_the_items_of_its_ranks_by_pagerank():
    """By the dense series of walks; ranks from 2 to 12 of forty items, what one has among them."""
    settings = options_of("mf", batch_size=256, **BANDED | {"curriculum": None})
    training = build_training(settings, TRAIN)
    sample = jax.jit(candidates.sampler(settings, TRAIN.n_items))
    batch = sample(jax.random.key(0), training.tables)
    likes = np.zeros((TRAIN.n_users, TRAIN.n_items))
    likes[TRAIN.user, TRAIN.item] = 1
    there = likes / likes.sum(1, keepdims=True)
    back = (likes / np.maximum(likes.sum(0, keepdims=True), 1)).T
    mass, rank = there, np.zeros_like(there)
    for _ in range(10):  # A factor of all, (1 - a), is left out.
        rank, mass = rank + mass, 0.85**2 * mass @ back @ there
    place = np.argsort(np.argsort(-rank, axis=1), axis=1)
    drawn = place[np.asarray(batch.query)[:, None], np.asarray(batch.item)[:, 1:]]
    valid = np.asarray(batch.mask)[:, 1:]
    assert valid.any() and ((drawn >= 2) & (drawn < 12))[valid].all()
    assert batch.log_q is None


def test_hard_negatives_become_one_more_an_epoch():
    settings = options_of("mf", batch_size=64, steps=2, learning_rate=0.1, **BANDED)
    training = build_training(settings, TRAIN)
    sample = jax.jit(candidates.sampler(settings, TRAIN.n_items))
    update = jax.jit(training.step.update)
    run = build_epoch(training, report=None)
    state, expected = (first_progress(training, seed=0).state for _ in range(2))
    for number in (1, 2, 3, 4):
        tables = training.tables._replace(epoch=number)
        for _ in range(2):
            batch = sample(expected.step_key(0), tables)
            hard = np.asarray(batch.mask)[:, 3:].any(axis=0).tolist()
            assert hard == [number > 1, number > 2]
            expected, _ = update(expected, training.graph, batch)
        state, _ = run(state, training.graph, training.tables)
        np.testing.assert_allclose(
            state.params["item"], expected.params["item"], rtol=1e-4, atol=1e-6
        )


LAWS = "uniform", "popularity", "in_batch", "shared", "all"
LOSSES = "bpr", "softmax"


@pytest.mark.parametrize(("law", "loss"), [*product(LAWS, LOSSES), ("band", "bpr")])
def test_every_law_of_candidates_trains_from_the_command_line(law, loss, clicks, tmp_path):
    words = ["--candidates", law, "--loss", loss, "--model", "mf"]
    words += [] if law in ("in_batch", "all") else ["--negatives", "4"]
    words += ["--band", "3", "20", "--curriculum", "2"] if law == "band" else []
    out = tmp_path / "run"
    words += [*SMALL, "--epochs", "1"]
    assert main(["train", "--data", str(clicks), "--out", str(out), *words]) == 0
    assert (out / "metrics.json").exists()
