"""Every model that the command line offers: listed, with options of its own, trained and served."""

import inspect
import json

import polars as pl
import pytest

from jaxrec import registry
from jaxrec.cli.evaluate import evaluate
from jaxrec.cli.main import main
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.data.known import KNOWN
from jaxrec.runs import checks
from jaxrec.runs.fit.assemble import build_model
from jaxrec.runs.model_options import KNOWLEDGE, LINKS, PROPAGATION, kind, options_of, own
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.tasks import RANKING

FAST = ["--batch-size", "64", "--epochs", "1"]


@pytest.mark.parametrize(
    "name", [name for name, entry in registry.MODELS.items() if RANKING in entry.tasks]
)
def test_every_model_trains_and_serves(name, clicks, facts, friends, tmp_path, capfd):
    trained = registry.entry(name).trained
    words = ["--data", str(clicks), "--model", name, "--out", str(tmp_path / "run"), "--seed", "3"]
    words += FAST if trained else []
    words += ["--dim", "20"] if hasattr(options_of(name), "dim") else []  # Heads, or facets.
    words += ["--kg", str(facts)] if registry.entry(name).knows else []
    words += ["--social", str(friends)] if registry.entry(name).links else []
    assert main(["train", *words]) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["model"]["name"] == name
    if not trained:  # Blocks of likes are easy for every filter.
        assert metrics["test"]["recall@20"] > 1.3 * metrics["baselines"]["popularity"]["recall@20"]
    served = evaluate(EvaluateOptions(str(tmp_path / "run")))["test"][name]
    for metric in ("recall@20", "ndcg@10"):  # The model that is served is the one measured.
        assert served[metric] == pytest.approx(metrics["test"][metric], rel=1e-6)
    capfd.readouterr()
    assert main(["recommend", str(tmp_path / "run"), "--users", "u3", "--k", "4"]) == 0
    assert main(["similar", str(tmp_path / "run"), "--items", "ä1", "--k", "3"]) == 0
    printed = capfd.readouterr().out.splitlines()
    assert len(printed) == 1 + 4 + 1 + 3


def test_help_tells_which_of_repeated_items_count_and_every_data_set_s_own_rating(capfd):
    (told,) = [told for option, _, told in own("filter_r") if option == "recency"]
    assert "taken again the first time or, with --repeats keep, the last" in told
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    printed = " ".join(capfd.readouterr().out.replace("│", " ").split())
    for name, data in KNOWN.items():
        assert data.min_rating is None or f"{name}: {data.min_rating:g}" in printed


@pytest.mark.parametrize("name", registry.MODELS)
def test_every_option_says_what_it_is(name):
    for option, parameter, told in own(name):
        assert told, f"{name} --{option} has no help"
        assert parameter.default is not inspect.Parameter.empty


def test_lightgcn_is_trained_as_in_its_paper_and_stops_when_it_gains_no_more():
    """He et al., SIGIR 2020, section 4.1.2; the paper has no validation slice."""
    paper = {"dim": 64, "n_layers": 3, "learning_rate": 0.001, "batch_size": 2048, "l2": 1e-4}
    paper |= {"negatives": 1, "loss": "bpr", "epochs": 1000, "alpha": None}
    stops = {"valid_fraction": 0.1, "select": "recall@20", "validate_every": 5, "patience": 100}
    expected = paper | stops
    assert {name: vars(options_of("lightgcn"))[name] for name in expected} == expected


def test_hard_negatives_are_of_the_ranks_of_pinsage():
    """Ying et al., KDD 2018, section 3.3: 2000 to 5000 by personalized PageRank."""
    assert options_of("mf").band == (2000, 5000)


def test_equal_options_make_one_model_however_their_numbers_are_listed():
    alphas = [0.5, 0.5], (0.5, 0.5), (0.0, 1.0)
    models = [
        build_model(options_of("lightgcn", n_layers=1, alpha=alpha), 5, 6) for alpha in alphas
    ]
    assert models[0] is models[1] and models[0] != models[2]


@pytest.mark.parametrize("model", ["lightgcn", "kgcn"])
def test_help_explains_options_that_the_factory_does_not_know(model, capfd):
    with pytest.raises(SystemExit):
        main(["train", "--model", model, "--help"])
    printed = "".join(capfd.readouterr().out.replace("│", " ").split())
    texts = [PROPAGATION] if model == "lightgcn" else [KNOWLEDGE, LINKS]
    for told in texts:
        assert "".join(told.split()) in printed


def test_a_model_offers_its_own_options_and_no_others(fails):
    assert not hasattr(options_of("ease"), "epochs") and not issubclass(kind("ease"), TrainOptions)
    assert issubclass(kind("ease"), RunOptions) and options_of("ease").valid_fraction == 0.0
    assert "n_layers" in vars(options_of("lightgcn")) and "n_layers" not in vars(options_of("mf"))
    assert "--epochs" in fails("train", "--model", "ease", "--epochs", "3")
    assert "--n-layers" in fails("train", "--model", "mf", "--n-layers", "3")


def test_models_that_count_or_solve_have_no_options_of_training():
    free = {"filter_r", "gf_cf", "ease", "item_knn", "concept_knn"}
    free |= {"markov", "markov_with_repeats", "decayed_item_knn"}
    assert {name for name in registry.MODELS if not hasattr(options_of(name), "epochs")} == free


def test_models_are_listed_with_their_papers(capfd):
    assert main(["models"]) == 0
    printed = capfd.readouterr().out
    for name in registry.MODELS:
        assert name in printed
        what, paper = registry.about(name)
        assert what.endswith(".") and len(what) < 110, what
        assert any(year in paper for year in map(str, range(1995, 2027))), paper


def test_models_say_what_they_need(capfd):
    """As ``docs/choosing.md`` has it: no training, facts, users who are a list of items, tasks."""
    assert main(["models"]) == 0
    lines = capfd.readouterr().out.splitlines()
    for line in (
        "lightgcn [lists, clicks, next friends]",
        "mf [lists, clicks, next friends]",
        "kgcn [facts, lists, clicks]",
        "ripplenet [facts, lists, clicks]",
        "lightgcn_item [lists, clicks, new users]",
        "biased_mf [rating]",
        "mutualrec [friends, lists]",
        "diffnet [friends, lists, clicks]",
        "sr_hgnn [friends, rating]",
        "fesog [friends, rating]",
    ):
        assert line in lines
    assert "item_knn [no training, lists, related items, new users]" in lines
    for name in ("filter_r", "gf_cf", "ease"):
        assert f"{name} [no training, lists, new users]" in lines
    assert "concept_knn [no training, facts, lists, new users]" in lines
    assert (
        "[new users] recommends to a list of items, too: jaxrec recommend RUN --items ..." in lines
    )


def test_an_unknown_model_is_told_the_nearest(fails):
    assert "did you mean lightgcn?" in fails("train", "--model", "lightgnc")


def test_a_new_user_is_recommended_to_without_training(clicks, tmp_path, capfd, fails):
    run = str(tmp_path / "run")
    assert main(["train", "--data", str(clicks), "--model", "filter_r", "--out", run]) == 0
    capfd.readouterr()
    assert main(["recommend", run, "--items", "ä1", "ä2", "--k", "5"]) == 0
    lines = capfd.readouterr().out.splitlines()
    frame = pl.read_csv("\n".join(lines).encode())
    assert frame.columns == ["item", "rank", "score"] and len(frame) == 5
    assert not {"ä1", "ä2"} & set(frame["item"])
    assert "ä99" in fails("recommend", run, "--items", "ä99")


def test_a_model_with_users_of_its_own_says_which_have_none(run, fails):
    told = fails("recommend", str(run), "--items", "ä1")
    assert "filter_r" in told and "lightgcn_item" in told
    assert checks.models_that_fold_in() == [
        "lightgcn_item",
        "filter_r",
        "gf_cf",
        "ease",
        "item_knn",
        "concept_knn",
    ]
