"""A model given as an object trains, is measured, answers, and is opened again."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError, Model
from jaxrec.base import Embeddings
from jaxrec.models import mf
from jaxrec.ops import dot
from jaxrec.registry import Entry
from tests.runs import social_biases

SETTINGS = {
    "dim": 4,
    "batch_size": 32,
    "epochs": 6,
    "validate_every": 2,
    "k": (2,),
    "select": "recall@2",
}


@pytest.fixture(scope="module")
def data():
    user, item = np.nonzero(np.random.default_rng(0).random((20, 12)) < 0.5)
    return jaxrec.Dataset.from_frame(pl.DataFrame({"user": user, "item": item}))


def without(*names):
    return {name: value for name, value in SETTINGS.items() if name not in names}


def test_an_entry_of_a_registered_factory_is_the_registered_model(data):
    by_name = jaxrec.fit(data, "mf", **SETTINGS)
    given = jaxrec.fit(data, Entry(mf), **SETTINGS)
    assert given.metrics == by_name.metrics
    assert given.recommend(k=3).equals(by_name.recommend(k=3))


def test_an_entry_of_an_importable_module_is_stored_by_its_place():
    assert jaxrec.registry.name_of(social_biases.ENTRY) == "tests.runs.social_biases:ENTRY"


def test_a_model_with_a_builder_of_its_graph_ranks_by_what_the_builder_saw(data, tmp_path):
    """Popularity, written as a model: its one parameter is not used by the scores."""

    def counts(source):
        return jnp.bincount(source.train.item, length=source.train.n_items).astype(jnp.float32)

    def encode(params, graph, *, key=None):
        ones = jnp.ones((len(data.user_ids), 1)) + 0 * params["bias"]
        return Embeddings(ones, graph[:, None])

    model = Model(lambda key: {"bias": jnp.zeros(())}, encode, dot)
    run = jaxrec.fit(data, model, graph=counts, task="ranking", **without("dim"), l2=0.0)
    popular = run.results["baselines"]["popularity"]
    assert run.metrics == pytest.approx(popular)

    saved = run.save(tmp_path / "saved").folder
    lists = run.recommend(k=2)
    assert jaxrec.load(saved, model=model, graph=counts).recommend(k=2).equals(lists)
    program = f"import jaxrec; jaxrec.load({str(saved)!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "was given as an object to another process; open its run with" in ended.stderr


def test_a_run_is_opened_with_its_entry_after_one_of_other_options_was_tried(data, tmp_path):
    def scaled(n_users, n_items, dim=4, init_scale=0.1):
        """Matrix factorization.

        Args:
          dim: width.
          init_scale: of the first table.
        """
        return mf(n_users, n_items, dim=dim, init_scale=init_scale)

    def plain(n_users, n_items, dim=4):
        """Matrix factorization.

        Args:
          dim: width.
        """
        return mf(n_users, n_items, dim=dim)

    run = jaxrec.fit(data, Entry(scaled), init_scale=0.2, **SETTINGS)
    saved = run.save(tmp_path / "saved").folder
    with pytest.raises(InputError, match="init_scale"):
        jaxrec.load(saved, model=Entry(plain))
    lists = jaxrec.load(saved, model=Entry(scaled)).recommend(k=3)
    assert lists.equals(run.recommend(k=3))


def test_what_does_not_go_together_is_refused(data, tmp_path):
    with pytest.raises(InputError, match="graph goes with a jaxrec.Model"):
        jaxrec.fit(data, "mf", graph=jnp.zeros(3))
    model = mf(20, 12, dim=4)
    with pytest.raises(InputError, match="no task is called 'guessing': ranking"):
        jaxrec.fit(data, model, task="guessing")
    run = jaxrec.fit(data, "mf", out=tmp_path / "run", **SETTINGS)
    with pytest.raises(InputError, match="model is mf, which is found by its name"):
        jaxrec.load(run.folder, model=model)


def test_an_entry_without_training_answers_no_clicks(data):
    with pytest.raises(InputError, match="--task is 'clicks'; given:mf.* answers ranking$"):
        jaxrec.fit(data, Entry(mf, trained=False), task="clicks")


def test_every_epoch_of_every_phase_is_seen(data):
    seen = []
    run = jaxrec.fit(data, "mf", on_epoch=seen.append, **SETTINGS)
    best = run.results["model"]["epoch"]
    numbers = [("", n) for n in range(1, 7)] + [("refit", n) for n in range(1, best + 1)]
    assert [(epoch.phase, epoch.number) for epoch in seen] == numbers
    history = pl.read_csv(run.folder / "history.csv")
    first = [epoch for epoch in seen if not epoch.phase]
    assert [epoch.metrics["loss"] for epoch in first] == pytest.approx(history["loss"].to_list())
    valid = [epoch.metrics.get("valid") for epoch in first]
    assert valid == history["valid"].to_list() and valid[1] is not None
    assert jax.tree.all(jax.tree.map(np.isfinite, [epoch.metrics for epoch in seen]))


def test_a_model_of_other_sizes_is_refused_before_its_first_step(data):
    for model, said in (
        (mf(20, 5, dim=4), "5 items, the data 12"),
        (mf(21, 12, dim=4), "21 users, the data 20"),
    ):
        with pytest.raises(InputError, match=f"the model has {said}; build it with data.n_users"):
            jaxrec.fit(data, model, **without("dim"))


def test_a_factory_and_an_option_that_is_none_are_refused_with_the_repair(data):
    with pytest.raises(InputError, match=r"type function; wrap it, jaxrec.registry.Entry\(factory"):
        jaxrec.fit(data, lambda n_users, n_items: mf(n_users, n_items))
    with pytest.raises(InputError, match="dims is no option of mf; did you mean dim?"):
        jaxrec.fit(data, "mf", dims=3)
