"""Related items: an item is the question, and the user's next one its answer."""

import json

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import Interactions, Pairs, with_same_user
from jaxrec.evaluate import measure_item_pairs, table_rows
from jaxrec.ops import ItemTable
from jaxrec.runs.store.run_folder import read_data

N_ITEMS, N_USERS = 12, 60
SETTINGS = {"task": "item_to_item", "k": (3,), "select": "mrr@3"}


@pytest.fixture(scope="module")
def frame():
    """Users who mostly go from an item to the next or the one after; in time order."""
    rng, rows = np.random.default_rng(0), []
    for user in range(N_USERS):
        item = rng.integers(N_ITEMS)
        for place in range(rng.integers(3, 9)):
            rows.append((f"u{user}", f"i{item}", user * 100 + place))
            item = (item + rng.choice([1, 1, 1, 2])) % N_ITEMS
    return pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")


@pytest.fixture(scope="module")
def untimed(frame):
    return jaxrec.Dataset.from_frame(frame.drop("time"))


@pytest.fixture(scope="module")
def run(frame):
    return jaxrec.fit(jaxrec.Dataset.from_frame(frame), "item_knn", shrink=1.0, **SETTINGS)


def sharing(data):
    """Users that two items share in training, and users of each, by the rows of the run."""
    train = data.split.train
    held = np.zeros((train.n_users, train.n_items))
    held[train.user, train.item] = 1
    return held.T @ held, held.sum(0)


def cosines(data, shrink):
    both, degree = sharing(data)
    found = both / (np.sqrt(np.outer(degree, degree)) + shrink + 1e-12)
    np.fill_diagonal(found, -np.inf)
    return found


def metrics(score, popular, pairs):
    """``hit@3`` and ``mrr@3`` in expectation over equals of equal popularity, one by one."""
    hit, mrr = [], []
    for query, item in pairs:
        key = np.round(score[query], 6) * 1e6 + popular
        others = np.delete(key, [query, item])
        above, tied = np.sum(others > key[item]), np.sum(others == key[item])
        places = above + 1 + np.arange(tied + 1)
        hit.append(np.mean(places <= 3))
        mrr.append(np.mean((places <= 3) / places))
    return {"hit@3": np.mean(hit), "mrr@3": np.mean(mrr)}


def asked_pairs(run):
    data, rows = read_data(run.folder), pl.read_parquet(run.folder / "per_user.parquet")
    row = {name: n for n, name in enumerate(data.item_ids)}
    return data, [(row[q], row[i]) for q, i in rows.select("query", "item").rows()], rows


def test_each_test_item_is_asked_for_by_the_one_just_before(run, frame):
    _, pairs, rows = asked_pairs(run)
    once = frame.unique(["user", "item"], keep="first", maintain_order=True)
    expected = set()
    for (name,), own in once.group_by("user", maintain_order=True):
        items = own["item"].to_list()
        n_test = int(np.clip(np.floor(len(items) * 0.2 + 0.5), 1, len(items) - 1))
        if len(items) >= 3:
            places = range(len(items) - n_test, len(items))
            expected |= {(name, items[n - 1], items[n]) for n in places}
    assert set(rows.select("user", "query", "item").rows()) == expected
    assert run.results["data"]["pairs_tested"] == len(pairs) == len(expected)


def test_metrics_are_those_of_cosines_without_the_query(run):
    data, pairs, _ = asked_pairs(run)
    popular = np.bincount(data.split.train.item, minlength=len(data.item_ids))
    expected = metrics(cosines(data, 1.0), popular, pairs)
    assert {name: run.metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_baselines_are_popularity_successors_and_cosine(run):
    data, pairs, _ = asked_pairs(run)
    train, n = data.split.train, len(data.item_ids)
    popular, follows = np.bincount(train.item, minlength=n), np.zeros((n, n))
    order = np.lexsort((train.time, train.user))
    for one, two in zip(order, order[1:], strict=False):
        if train.user[one] == train.user[two]:
            follows[train.item[one], train.item[two]] += 1
    systems = {
        "popularity": np.tile(popular, (n, 1)),
        "co_occurrence": follows,
        "item_cosine": cosines(data, 0.0),
    }
    assert run.results["baselines"].keys() == systems.keys()
    for name, score in systems.items():
        expected, found = metrics(score, popular, pairs), run.results["baselines"][name]
        assert found["hit@3"] == pytest.approx(expected["hit@3"], abs=1e-6)
        assert found["mrr@3"] == pytest.approx(expected["mrr@3"], abs=1e-6)
    assert run.results["baselines"]["co_occurrence"]["mrr@3"] > run.metrics["mrr@3"]


def test_similar_lists_what_was_measured_and_users_get_what_goes_with_their_last(run, frame):
    data = read_data(run.folder)
    score, ids = cosines(data, 1.0), data.item_ids.to_list()
    for query in ("i0", "i7"):
        listed = run.similar([query], k=3)
        best = np.sort(score[ids.index(query)])[::-1][:3]
        np.testing.assert_allclose(listed["score"], best, rtol=1e-5)
        assert query not in listed["item"].to_list()
    last = frame.filter(user="u5")["item"].to_list()[-1]
    top = run.recommend(["u5"], k=1, hide="none")
    assert top["score"].item() == pytest.approx(score[ids.index(last)].max(), rel=1e-5)
    after = run.recommend(items=["i3", "i7"], k=1)["score"].item()
    assert after == pytest.approx(max(np.delete(score[ids.index("i7")], ids.index("i3"))), rel=1e-5)


def test_without_times_queries_are_items_of_the_users_own_and_users_are_counted(untimed):
    run = jaxrec.fit(untimed, "item_knn", shrink=1.0, **SETTINGS)
    data, pairs, rows = asked_pairs(run)
    train, ids = data.split.train, data.item_ids
    had = {user: set() for user in data.user_ids}
    for user, item in zip(data.user_ids.gather(train.user), ids.gather(train.item), strict=True):
        had[user].add(item)
    assert all(query in had[user] for user, query in rows.select("user", "query").rows())
    assert len(pairs) == len(data.split.test) and run.results["data"]["split"] == "random"
    popular = np.bincount(train.item, minlength=len(ids))
    expected = metrics(sharing(data)[0], popular, pairs)
    found = run.results["baselines"]["co_occurrence"]
    assert found["hit@3"] == pytest.approx(expected["hit@3"], abs=1e-6)


def test_the_command_line_measures_and_answers_the_same(run, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "clicks.csv")
    out = tmp_path / "run"
    words = ["--data", str(tmp_path / "clicks.csv"), "--model", "item_knn", "--shrink", "1"]
    words += ["--task", "item_to_item", "--k", "3", "--select", "mrr@3", "--out", str(out)]
    assert main(["train", *words]) == 0
    told = " ".join(capfd.readouterr().out.split())
    assert "users, each asked by the item just before, split latest" in told
    written = json.loads((out / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    assert main(["evaluate", str(out), "--k", "3"]) == 0
    assert f"{run.metrics['mrr@3']:.4f}" in capfd.readouterr().out
    assert main(["similar", str(out), "--items", "i1", "--k", "2"]) == 0
    listed = pl.read_csv(capfd.readouterr().out.encode())
    assert listed["item"].to_list() == run.similar(["i1"], k=2)["item"].to_list()
    assert main(["recommend", str(out), "--users", "u3", "--k", "2"]) == 0
    listed = pl.read_csv(capfd.readouterr().out.encode())
    assert listed["item"].to_list() == run.recommend(["u3"], k=2)["item"].to_list()
    saved = jaxrec.load(out).save(tmp_path / "saved")
    assert saved.similar(["i2"]).equals(run.similar(["i2"]))


def test_a_shrink_is_chosen_by_the_metric_of_the_task(frame):
    data = jaxrec.Dataset.from_frame(frame)
    chosen = jaxrec.fit(data, "item_knn", **SETTINGS).results["data"]["chosen"]
    assert chosen["select"] == "mrr@3" and len(chosen["values"]) == 4
    assert chosen["asked"] == f"{chosen['pairs']} pairs"


def test_what_cannot_be_is_refused_in_a_line():
    few = {"user": [*"aaabbb"], "item": [*"xyzxyz"], "time": range(6)}
    data = jaxrec.Dataset.from_frame(few)
    with pytest.raises(InputError, match="lower --k"):
        jaxrec.fit(data, "item_knn", task="item_to_item", k=(4,), select="mrr@4")
    with pytest.raises(InputError, match="--task is 'item_to_item'; mf answers ranking"):
        jaxrec.fit(data, "mf", task="item_to_item")


def test_a_user_of_many_items_gives_each_so_many_pairs_and_one_of_few_all():
    user, item = np.repeat(np.int32([0, 1]), [8, 3]), np.int32([*range(8), 2, 5, 7])
    pairs = with_same_user(Interactions(user, item, 2, 8), most=4)
    found = list(zip(pairs.query.tolist(), pairs.item.tolist(), strict=True))
    assert len(found) == 8 * 4 + 3 * 2 and all(query != answer for query, answer in found)
    few = [(q, a) for q in (2, 5, 7) for a in (2, 5, 7) if q != a]
    assert all(pair in found for pair in few)


def test_the_query_is_never_ranked_however_it_scores():
    table = ItemTable(np.int32([[0, 1]] * 3), np.float32([[9, 1]] * 3))
    pairs = Pairs(np.int32([0, 2]), np.int32([1, 1]))
    found = measure_item_pairs(table_rows, table, pairs, 3, [2])
    assert found.per_user["mrr@2"].tolist() == [1.0, 0.5]
