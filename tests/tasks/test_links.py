"""Links: from facts to ranks beside baselines, and to facts completed.

A long file, for one trained run is asked everything.
"""

import json

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import Relation, number_graph
from jaxrec.models import distmult
from jaxrec.runs.store.run_folder import read_data

N = 24
HOPS = {"next": 1, "before": -1, "next but one": 2}
SETTINGS = {"dim": 16, "epochs": 30, "batch_size": 32, "learning_rate": 0.03, "n3": 0.01}
SETTINGS |= {"validate_every": 10}
WORDS = [
    part for name, value in SETTINGS.items() for part in (f"--{name.replace('_', '-')}", str(value))
]


@pytest.fixture(scope="module")
def frame():
    """Stops of a ring line; some stand at several ends, and some facts are their own."""
    rows = [(f"s{n}", name, f"s{(n + hop) % N}") for name, hop in HOPS.items() for n in range(N)]
    rows += [(f"s{n}", "in zone", f"zone {n % 3}") for n in range(N)]
    return pl.DataFrame(rows, schema=["head", "relation", "tail"], orient="row")


@pytest.fixture(scope="module")
def run(frame):
    return jaxrec.fit(frame, "complex", **SETTINGS)


def facts(run, *parts):
    """The facts of slices in the caller's words."""
    data = read_data(run.folder)
    ids, names, found = data.entity_ids, data.relation_ids, []
    for part in parts or ("train", "valid", "test"):
        of = getattr(data.split, part)
        columns = ids.gather(of.head), names.gather(of.relation), ids.gather(of.tail)
        found += zip(*columns, strict=True)
    return found


def scores(run):
    """ComplEx by its equation: ``(entity, relation, inverse) -> {entity: score}``, reciprocal."""
    data, tables = read_data(run.folder), run._served.reps
    entity, relation = (np.asarray(part, np.float64) for part in tables)
    as_complex = lambda rows: rows[:, : rows.shape[1] // 2] + 1j * rows[:, rows.shape[1] // 2 :]
    entity, relation = as_complex(entity), as_complex(relation)
    row = {name: n for n, name in enumerate(data.entity_ids)}
    kind = {name: n for n, name in enumerate(data.relation_ids)}

    def of(one, name, inverse):
        asked = relation[kind[name] + inverse * len(kind)]
        found = ((entity[row[one]] * asked)[None] * entity.conj()).sum(axis=1).real
        return dict(zip(data.entity_ids, found, strict=True))

    return of


def realistic_rank(of_all, answer, known):
    """The mean of the best and the worst place among equals; known answers leave the list."""
    left = [value for name, value in of_all.items() if name not in known]
    better = sum(value > of_all[answer] for value in left)
    return 1 + better + sum(value == of_all[answer] for value in left) / 2


def ranks(run, score):
    """Of both ends of every test fact, tails first."""
    true, found = set(facts(run)), []
    for inverse in (0, 1):
        for head, name, tail in facts(run, "test"):
            one, answer = (tail, head) if inverse else (head, tail)
            pair = (lambda e: (e, name, tail)) if inverse else (lambda e: (head, name, e))  # noqa: B023
            of_all = score(one, name, inverse)
            known = {e for e in of_all if pair(e) in true}
            found.append(realistic_rank(of_all, answer, known))
    return np.array(found)


def test_all_facts_are_split_by_rows_and_stored(run, frame):
    assert sorted(facts(run)) == sorted(frame.rows())
    assert len(facts(run, "test")) == round(0.2 * len(frame))
    assert run.results["data"]["split"] == "rows"


def test_metrics_are_those_of_ranks_by_the_equation_of_the_model(run):
    found = ranks(run, scores(run))
    expected = {"mrr": np.mean(1 / found), "mean_rank": np.mean(found)}
    expected |= {f"hits@{k}": np.mean(found <= k) for k in (1, 3, 10)}
    tails, heads = np.split(1 / found, 2)
    expected |= {"mrr_tail": tails.mean(), "mrr_head": heads.mean()}
    assert run.metrics == pytest.approx(expected, rel=1e-6)
    again = run.evaluate()["test"]
    assert again["mrr"][0] == pytest.approx(expected["mrr"], rel=1e-6)
    assert "hits@2" in run.evaluate(k=(2,))["test"].columns


def test_the_baseline_ranks_by_how_often_the_relation_has_an_entity_there(run):
    learned = facts(run, "train", "valid")  # The refit is measured.
    names = read_data(run.folder).entity_ids.to_list()

    def often(_, name, inverse):
        ends = [head if inverse else tail for head, relation, tail in learned if relation == name]
        return {each: ends.count(each) for each in names}

    found = ranks(run, often)
    baseline = run.results["baselines"]
    assert baseline.keys() == {"degree"}  # Of several relations.
    assert baseline["degree"]["mrr"] == pytest.approx(np.mean(1 / found), rel=1e-6)
    assert run.metrics["mrr"] > 3 * baseline["degree"]["mrr"]  # It has learned something.


def test_every_question_is_kept_with_what_was_measured(run):
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    assert rows.columns[:5] == ["head", "relation", "tail", "asked", "mrr"]
    tested = facts(run, "test")
    assert rows.select("head", "relation", "tail").rows() == tested + tested
    assert rows["asked"].to_list() == ["tail"] * len(tested) + ["head"] * len(tested)
    assert rows["mrr"].mean() == pytest.approx(run.metrics["mrr"])


@pytest.mark.parametrize("end", ["tail", "head"])
def test_completed_facts_are_the_best_by_the_equation_without_known_ones(run, end):
    one, name, inverse = ("s5", "next but one", 0) if end == "tail" else ("zone 1", "in zone", 1)
    of_all = scores(run)(one, name, inverse)
    pairs = {(tail if inverse else head): [] for head, _, tail in facts(run)}
    for head, relation, tail in facts(run):
        if relation == name:
            pairs[tail if inverse else head].append(head if inverse else tail)
    order = sorted(of_all, key=of_all.get, reverse=True)
    asked = {"head": one} if end == "tail" else {"tail": one}
    for hide, out in (("known", {*pairs[one], one}), ("none", {one})):
        frame = run.complete(relation=name, k=6, hide=hide, **asked)
        expected = [each for each in order if each not in out][:6]
        assert frame.columns == ["head", "relation", "tail", "rank", "score"]
        assert frame[end].to_list() == expected and frame["rank"].to_list() == [1, 2, 3, 4, 5, 6]
        np.testing.assert_allclose(frame["score"], [of_all[each] for each in expected], rtol=1e-4)
        assert set(frame["head" if end == "tail" else "tail"]) == {one}


def test_several_entities_are_asked_at_once_and_unknown_ones_skipped(run, caplog):
    found = run.complete(["s3", "s9", "nowhere"], "next", k=2)
    assert found["head"].to_list() == ["s3", "s3", "s9", "s9"]
    alone = run.complete("s9", "next", k=2)
    assert found.filter(head="s9")["tail"].to_list() == alone["tail"].to_list()
    with pytest.raises(InputError, match="unknown id 'nowhere'"):
        run.complete(["s3", "nowhere"], "next", strict=True)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"relation": "next"}, "give head or tail, one of them"),
        ({"head": "s1", "tail": "s2", "relation": "next"}, "give head or tail, one of them"),
        ({"head": "s1"}, "say by which relation: --relation, one of next, before"),
        ({"head": "s1", "relation": "beside"}, "unknown id 'beside'"),
        ({"head": "s1", "relation": "next", "k": 0}, "--k is 0; give 1 or more"),
    ],
)
def test_what_cannot_be_completed_is_refused(run, asked, why):
    with pytest.raises(InputError, match=why):
        run.complete(**asked)


def test_a_run_of_links_refuses_other_questions_by_what_it_answers(run):
    why = "a run of complex for the task links answers no jaxrec recommend; it has complete"
    with pytest.raises(InputError, match=why):
        run.recommend()
    with pytest.raises(InputError, match="trained with --task links, and its scores are no predi"):
        run.predict({"user": ["s1"], "item": ["s2"]})


def test_a_saved_run_answers_the_same(run, tmp_path):
    again = jaxrec.load(run.save(tmp_path / "copy").folder)
    assert again.complete("s3", "next").equals(run.complete("s3", "next"))
    assert again.metrics == run.metrics


def test_the_command_line_trains_measures_and_completes_the_same(run, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "facts.tsv", separator="\t")
    out = str(tmp_path / "run")
    words = ["--task", "links", "--facts", str(tmp_path / "facts.tsv"), "--out", out, *WORDS]
    assert main(["train", "--model", "complex", *words]) == 0
    shown = capfd.readouterr()
    assert "facts: 96 by 4 relations (next, before, next but one, in zone)" in shown.err
    assert "27 entities, 4 relations, 69 training facts" in shown.err
    assert "both ends of 19 facts" in shown.out and "degree" in shown.out
    assert f"Next: jaxrec complete {out} --head" in shown.out
    written = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    assert written["refit"] == {"epochs": written["model"]["epoch"], "facts": 77}
    lists = tmp_path / "lists.csv"
    asked = ["--tail", "s4", "nowhere", "--relation", "next", "--k", "3", "--out", str(lists)]
    assert main(["complete", out, *asked]) == 0
    assert "1 of 2 tails skipped: unknown id 'nowhere'" in capfd.readouterr().err
    assert (
        pl.read_csv(lists)["head"].to_list()
        == run.complete(tail="s4", relation="next", k=3)["head"].to_list()
    )
    assert (tmp_path / "lists.unknown.csv").read_text().split() == ["tail", "nowhere"]
    assert main(["evaluate", out]) == 0
    measured = capfd.readouterr().out
    assert "test: 38 questions" in measured and f"{run.metrics['mrr']:.4f}" in measured
    assert main(["compare", out, out]) == 2
    assert "for the task links, and compare pairs users or nodes" in capfd.readouterr().err
    for words in (["recommend", out, "--all"], ["export", out, "--stablehlo", out + "-programs"]):
        assert main(words) == 2
        assert "answers no jaxrec recommend; it has complete" in capfd.readouterr().err


def test_entities_called_by_numbers_are_shown_at_the_end(tmp_path, capfd):
    facts = tmp_path / "facts.csv"
    rows = [f"{n},{name},{(n + step) % 9}" for n in range(9) for step, name in ((1, "r"), (2, "s"))]
    facts.write_text("\n".join(["head,relation,tail", *rows]) + "\n")
    words = ["--facts", str(facts), "--dim", "4", "--epochs", "1", "--no-refit"]
    assert main(["train", "--model", "distmult", *words, "--out", str(tmp_path / "run")]) == 0
    assert "Completed facts" in capfd.readouterr().out


def test_an_unfinished_run_goes_on_as_if_nothing_had_happened(frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "facts.csv")
    ends = {}
    for name, epochs in (("whole", ["4"]), ("parts", ["2", "4"])):
        out, first = ["--out", str(tmp_path / name)], []
        for n in epochs:
            words = ["--facts", str(tmp_path / "facts.csv"), *WORDS, "--epochs", n, "--no-refit"]
            assert main(["train", "--model", "distmult", *words, *out, *first]) == 0
            first = ["--resume"]
        ends[name] = json.loads((tmp_path / name / "metrics.json").read_text())["test"]
    assert ends["whole"] == ends["parts"]


def test_a_search_finds_the_best_reciprocal_rank(frame, tmp_path):
    frame.write_csv(tmp_path / "facts.csv")
    words = ["--facts", str(tmp_path / "facts.csv"), "--out", str(tmp_path / "search"), *WORDS]
    search = ["--trials", "2", "--search", "n3=0.01,10", "--no-prune", "--epochs", "20"]
    assert main(["tune", "--model", "complex", *words, *search]) == 0
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    trials = pl.read_csv(tmp_path / "search" / "trials.csv")
    assert best["select"] == "mrr" and best["value"] == trials["value"].max()
    assert "--data" in best["command"] and best["tried"] == {"n3": 0.01}


def test_learning_from_all_is_measured_before(frame):
    fitted = jaxrec.fit(frame, "distmult", **SETTINGS | {"epochs": 2}, fit_all=True)
    assert fitted.results["fit_all"] == {"epochs": 2, "facts": len(frame)}
    with pytest.raises(InputError, match="nothing is left to measure it on"):
        fitted.evaluate()


def test_what_facts_are_called_changes_nothing(run, frame):
    called = {
        name: f"x{n}" for n, name in enumerate(sorted({*frame["head"], *frame["tail"]})[::-1])
    }
    other = frame.with_columns(pl.col("head", "tail").replace_strict(called))
    again = jaxrec.fit(other, "complex", **SETTINGS)
    assert again.metrics == run.metrics
    expected = [called[name] for name in run.complete("s3", "next")["tail"]]
    assert again.complete(called["s3"], "next")["tail"].to_list() == expected


def test_a_split_of_the_data_is_used_and_validation_may_be_a_sample(frame, tmp_path):
    parts = np.random.default_rng(0).choice(3, len(frame), p=[0.6, 0.2, 0.2])
    for n, name in enumerate(("train", "valid", "test")):
        rows = frame.filter(pl.Series(parts == n))
        rows.write_csv(tmp_path / f"{name}.txt", separator="\t", include_header=False)
    how = SETTINGS | {"epochs": 2, "refit": False, "valid_facts": 7}
    found = jaxrec.fit(tmp_path, "distmult", **how)
    assert found.results["data"]["split"] == "given"
    assert sorted(facts(found, "test")) == sorted(frame.filter(pl.Series(parts == 2)).rows())
    assert len(facts(found, "valid")) == int(np.sum(parts == 1))
    assert found.evaluate()["valid"]["mrr"][0] == found.results["valid"]["mrr"]
    graph = number_graph(frame.with_columns(split=pl.Series(parts.astype(np.int8))))
    assert jaxrec.fit(graph, "distmult", **how).results["data"]["split"] == "given"


@pytest.mark.parametrize(
    ("data", "model", "given", "why"),
    [
        ("frame", "mf", {}, "data is of type DataFrame; give a Dataset, such as"),
        ("frame", "complex", {"task": "ranking"}, "--task is 'ranking'; complex answers links"),
        ("frame", "mf", {"task": "links"}, "--task is 'links'; mf answers ranking"),
        ("frame", "complex", {"relations": ("x",)}, "frame has no relation 'x'; its own are"),
        ("frame", "complex", {"k": (99,), "select": "hits@99"}, "--k is 99 but there are 27 ent"),
        ("frame", "complex", {"select": "recall@20"}, "choose one of mrr, hits@1, hits@3, hits@10"),
        ("frame", "complex", {"margin": 2.0}, "only --loss self_adversarial reads it"),
        ("frame", "complex", {"negatives": 5}, "only --candidates shared reads it"),
        ("frame", "complex", {"steps": 5}, "only --candidates shared reads it"),
        ("frame", "complex", {"valid_facts": 0}, "--valid-facts is 0; give 1 or more"),
        ("frame", "complex", {"n3": -1.0}, "--n3 is -1.0; give a number of 0 or more"),
        ("frame", "complex", {"dim": 7}, "dim is 7, which is odd"),
        ("frame", "complex", {"devices": (2,)}, "--devices"),
        ("frame", "twhin", {"loss": "self_adversarial", "margin": -1.0}, "margin is -1.0"),
        ("clicks", "transe", {}, "clicks has no relations; bring one with Dataset"),
        ("nowhere.tsv", "transe", {}, "nowhere.tsv"),
        ("no-graph", "transe", {}, "no-graph"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_training(frame, data, model, given, why):
    clicks = jaxrec.Dataset.from_frame({"user": [1, 2], "item": [3, 4]}, name="clicks")
    source = {"frame": frame, "clicks": clicks}.get(data, data)
    with pytest.raises(InputError, match=why):
        jaxrec.fit(source, model, **given)


def test_options_of_interactions_are_none_of_facts(capfd):
    assert main(["train", "--model", "transe", "--user-column", "x"]) == 2
    assert "--user-column is no option of transe" in capfd.readouterr().err
    assert main(["train", "--model", "mf", "--facts", "x"]) == 2
    assert "--facts" in capfd.readouterr().err
    assert main(["inspect", "--model", "transe"]) == 2
    assert "transe learns from no interactions" in capfd.readouterr().err


@pytest.mark.parametrize("model", ["twhin", "transe", "distmult", "rotate"])
def test_every_model_of_facts_beats_the_most_frequent_answers(frame, model):
    how = SETTINGS | {"epochs": 60, "batch_size": 64, "select": "hits@10", "refit": False}
    found = jaxrec.fit(frame, model, **how)
    assert found.options.task == "links"
    assert found.metrics["hits@10"] > found.results["baselines"]["degree"]["hits@10"] + 0.1


def rows(numbers):
    return np.array(numbers, np.int32)


def test_a_network_is_learned_from_both_ends_and_stands_beside_common_neighbors():
    """Three tables of eight friends, each a friend of all at the table but those opposite."""
    pairs = [
        (8 * n + a, 8 * n + b) for n in range(3) for a in range(8) for b in range(a) if b + 4 != a
    ]
    people = jaxrec.Dataset.from_frame({"user": np.arange(24), "item": np.arange(24)})
    one, other = map(rows, zip(*pairs, strict=True))
    friends = Relation("user", "user", one, other, 24, 24, directed=False)
    found = jaxrec.fit(people.with_relation("friends", friends), "distmult", **SETTINGS)
    for part in ("train", "valid", "test"):
        ends = {(head, tail) for head, _, tail in facts(found, part)}
        assert ends == {(tail, head) for head, tail in ends}
    assert sorted(facts(found)) == sorted(
        (str(x), "friends", str(y)) for pair in pairs for x, y in (pair, pair[::-1])
    )
    neighbors = {name: set() for name in read_data(found.folder).entity_ids}
    for head, _, tail in facts(found, "train", "valid"):
        neighbors[head].add(tail)

    def common(asked, name, inverse):
        shared = {e: neighbors[asked] & neighbors[e] if e != asked else () for e in neighbors}
        worth = {e: sum(1 / np.log(len(neighbors[z])) for z in them) for e, them in shared.items()}
        return {e: round(value, 5) for e, value in worth.items()}

    expected = np.mean(1 / ranks(found, common))
    assert found.results["baselines"]["adamic_adar"]["mrr"] == pytest.approx(expected, rel=1e-6)
    best = found.complete("3", k=24, hide="none")  # The only relation need not be named.
    assert "3" not in best["tail"].to_list() and len(best) == 23


def test_answers_are_of_the_type_that_the_relation_joins():
    data = jaxrec.Dataset.from_frame({"user": np.arange(6), "item": np.arange(6)})
    made = Relation("item", "brand", rows(range(6)), rows([0, 1, 2] * 2), 6, 3)
    lent = Relation("user", "user", rows(range(6)), rows([1, 2, 3, 4, 5, 0]), 6, 6)
    data = data.with_relation("made_by", made, {"brand": pl.Series(["x", "y", "z"])})
    found = jaxrec.fit(data.with_relation("lends", lent), "complex", **SETTINGS | {"epochs": 2})
    brands = found.complete("item:1", "made_by", k=99, hide="none")["tail"]
    assert sorted(brands) == ["brand:x", "brand:y", "brand:z"]
    items = found.complete(tail="brand:x", relation="made_by", k=99, hide="none")["head"]
    assert sorted(items) == [f"item:{n}" for n in range(6)]
    again = jaxrec.load(found.folder).complete("item:1", "made_by", k=99, hide="none")
    assert again["tail"].equals(brands)
    assert found.metrics["mean_rank"] <= 6  # Of three brands, six items or six users.


def test_a_model_of_facts_may_be_given_as_an_object(frame):
    own = distmult(27, 4, dim=16, reciprocal=True)
    how = {name: value for name, value in SETTINGS.items() if name not in ("dim", "n3")}
    found = jaxrec.fit(frame, own, task="links", **how | {"epochs": 5})
    assert found.metrics.keys() >= {"mrr", "mean_rank"}
    again = jaxrec.load(found.folder, model=own)
    assert again.complete("s3", "next").equals(found.complete("s3", "next"))
