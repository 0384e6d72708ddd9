"""A model of items and friends reads a share of links not, and is measured on them."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_relation
from jaxrec.registry.social_graphs import SOCIAL
from jaxrec.runs.store.run_folder import read_data

N = 30
SETTINGS: dict[str, Any] = {"dim": 4, "epochs": 2, "batch_size": 64, "k": (5,)}
SETTINGS |= {"learning_rate": 0.01, "select": "recall@5"}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((N, 20)) < 0.5)
    return pl.DataFrame({"user": [f"u{n}" for n in user], "item": item})


@pytest.fixture(scope="module")
def links():
    ends = [(u, (u + hop) % N) for u in range(N) for hop in (1, 3, 4)]
    ends += [(v, u) for u, v in ends[:10]]  # Listed from both ends.
    return pl.DataFrame([(f"u{u}", f"u{v}") for u, v in ends], ["from", "to"], orient="row")


@pytest.fixture(scope="module")
def data(frame, links):
    dataset = jaxrec.Dataset.from_frame(frame)
    return dataset.with_relation("friends", *read_relation(links, dataset, directed=True))


@pytest.fixture(scope="module")
def run(data):
    return jaxrec.fit(data, "mutualrec", test_links=0.3, **SETTINGS)


def ends_of(senders, receivers):
    return set(zip(np.asarray(senders).tolist(), np.asarray(receivers).tolist(), strict=True))


def test_the_graph_has_neither_direction_of_a_held_out_link(run):
    social = read_data(run.folder).relations[SOCIAL]
    held = social.take(social.given == 2)
    out = ends_of(held.senders, held.receivers) | ends_of(held.receivers, held.senders)
    assert len({frozenset(pair) for pair in out}) == round(0.3 * 3 * N)
    graph = run._trained.graph
    for part in (graph.social, graph.known):
        assert not out & ends_of(part.senders, part.receivers)
    leaks = {each["name"]: each for each in run.results["data"]["leaks"]}
    found = leaks["test_social_in_train"]
    assert found["count"] == 0 and found["total"] == len(held)


def test_friends_are_measured_among_those_who_are_no_friends(run):
    social, ids = read_data(run.folder).relations[SOCIAL], read_data(run.folder).user_ids
    lists = run.recommend_friends(k=N, hide="none")
    both = {part: social.take(social.given == part).both_directions() for part in (0, 2)}
    known, held = (
        ends_of(
            ids.gather(edges.senders).str.slice(1).cast(int),
            ids.gather(edges.receivers).str.slice(1).cast(int),
        )
        for edges in both.values()
    )
    found = {}
    for user in {one for one, _ in held} & {one for one, _ in known}:
        ranked = [int(f[1:]) for f in lists.filter(user=f"u{user}")["friend"]]
        ranked = [f for f in ranked if f != user and (user, f) not in known][:5]
        wanted = {f for u, f in held if u == user}
        found[f"u{user}"] = len(wanted & set(ranked)) / len(wanted)
    friends = run.results["friends"]
    assert friends["mutualrec"]["recall@5"] == pytest.approx(np.mean([*found.values()]), rel=1e-6)
    stored = pl.read_parquet(run.folder / "per_user_friends.parquet")
    assert dict(stored.select("user", "recall@5").rows()) == pytest.approx(found, rel=1e-6)
    assert friends.keys() == {"mutualrec", "degree", "common_neighbors", "adamic_adar"}
    again = run.evaluate()["friends"]
    assert again["system"].to_list() == list(friends)
    assert again["recall@5"][0] == pytest.approx(friends["mutualrec"]["recall@5"], rel=1e-6)


def test_the_friends_of_every_user_belong_to_the_run_and_runs_without_them_open(run, tmp_path):
    folder = run.save(tmp_path / "run").folder
    with (folder / "per_user_friends.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="per_user_friends.parquet was damaged"):
        jaxrec.load(folder)
    (folder / "per_user_friends.parquet").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["results"]["per_user_friends.parquet"]  # As of an older version.
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert jaxrec.load(folder).results["friends"] == run.results["friends"]


def test_learning_from_all_reads_all_links(data, run):
    whole = jaxrec.fit(data, "mutualrec", test_links=0.3, fit_all=True, **SETTINGS)
    assert whole.results["friends"] == run.results["friends"]
    n_links = whole._trained.graph.social.senders.shape[0]
    assert n_links == 2 * 3 * N
    without = jaxrec.fit(data, "mutualrec", test_links=0.0, **SETTINGS)
    assert not (without.folder / "per_user_friends.parquet").exists()
    assert "friends" not in without.results and "friends" not in without.evaluate()
    assert without._trained.graph.social.senders.shape[0] == n_links


@pytest.mark.parametrize("share", [1.0, -0.5, 0.001])
def test_a_share_that_leaves_nothing_is_refused_before_training(data, share):
    with pytest.raises(InputError, match="--test-links: .*--test-links 0 holds out none"):
        jaxrec.fit(data, "mutualrec", test_links=share, **SETTINGS)


def test_the_command_line_prints_the_friends_beside_their_baselines(frame, links, tmp_path, capfd):
    frame.write_csv(tmp_path / "clicks.csv")
    links.write_csv(tmp_path / "friends.csv")
    words = ["--data", str(tmp_path / "clicks.csv"), "--social", str(tmp_path / "friends.csv")]
    words += ["--dim", "4", "--epochs", "1", "--batch-size", "64", "--out", str(tmp_path / "run")]
    assert main(["train", "--model", "mutualrec", *words]) == 0
    printed = capfd.readouterr()
    assert "18 of these links are held out to measure friends" in printed.err
    assert "Held-out links: " in printed.out and "adamic_adar" in printed.out
    assert "held-out links of social also in the training graph, in either" in printed.out
    assert main(["evaluate", str(tmp_path / "run")]) == 0
    assert "friends: " in capfd.readouterr().out
