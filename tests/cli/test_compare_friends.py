"""``jaxrec compare`` of runs that rank next friends: users are paired, each with all their ends."""

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.compare import compare
from jaxrec.cli.options.looking import CompareOptions
from jaxrec.runs.store.run_folder import read_data

N, CIRCLES = 40, 4


@pytest.fixture(scope="module")
def links(tmp_path_factory):
    """Circles of ten in which half of all pairs are friends."""
    rng = np.random.default_rng(0)
    pairs = [(u, v) for u in range(N) for v in range(u) if (u - v) % CIRCLES == 0]
    ends = np.array(pairs)[rng.random(len(pairs)) < 0.5]
    path = tmp_path_factory.mktemp("links") / "friends.csv"
    names = {"user": [f"u{u}" for u in ends[:, 0]], "friend": [f"u{v}" for v in ends[:, 1]]}
    pl.DataFrame(names).write_csv(path)
    return path


@pytest.fixture(scope="module")
def runs(links, tmp_path_factory):
    folder = tmp_path_factory.mktemp("friends")
    for name, rate in (("good", 0.02), ("bad", 1e-6)):
        train(links, folder / name, rate)
    return folder / "good", folder / "bad"


def train(links, out, learning_rate: float, **more):
    settings = {"task": "friends", "dim": 8, "epochs": 6, "batch_size": 64, "refit": False}
    settings |= {"k": (5,), "select": "recall@5", "learning_rate": learning_rate}
    return jaxrec.fit(str(links), "mf", out=out, **settings | more)


def compared(*folders, **settings):
    return compare(CompareOptions(runs=tuple(map(str, folders)), **settings))


def recalls(folder) -> dict[str, tuple[float, int]]:
    """Recall at 5 of every test user by the lists themselves, and how many friends it learned."""
    data = read_data(folder)
    learn, valid, held = (pairs(data, part) for part in ("train", "valid", "test"))
    lists, found = jaxrec.load(folder).recommend(k=N, hide="none"), {}
    for user in {one for one, _ in held} & {one for one, _ in learn}:
        ranked = lists.filter(user=user)["friend"].to_list()
        top = [f for f in ranked if f != user and (user, f) not in learn | valid][:5]
        wanted = {f for u, f in held if u == user}
        n_learned = sum(u == user for u, _ in learn)
        found[user] = len(wanted & set(top)) / len(wanted), n_learned
    return found


def pairs(data, part: str) -> set[tuple[str, str]]:
    links, ids = getattr(data.split, part), data.user_ids
    return set(zip(ids.gather(links.user), ids.gather(links.item), strict=True))


def test_users_are_paired_and_the_difference_is_that_of_their_lists(runs):
    good, bad = (recalls(folder) for folder in runs)
    found = compared(*runs, groups=2)
    whole, *groups = found.iter_rows(named=True)
    each = np.array([bad[user][0] - good[user][0] for user in good])
    assert whole["users"] == len(each) and whole["metric"] == "recall@5"
    assert whole["difference"] == pytest.approx(each.mean(), abs=1e-6) and each.mean() < -0.05
    assert whole["low"] < whole["difference"] < whole["high"] < 0
    degree = np.array([good[user][1] for user in good])
    for group in groups:
        least, most = map(int, group["group"].split(" to "))
        own = each[(degree >= least) & (degree <= most)]
        assert group["users"] == len(own)
        assert group["difference"] == pytest.approx(own.mean(), abs=1e-6)


def test_other_held_out_links_and_other_tasks_are_refused(links, runs, tmp_path):
    train(links, tmp_path / "other", 0.02, split_seed=1)
    with pytest.raises(jaxrec.InputError, match="another test slice.*--split-seed 1, not 0"):
        compared(runs[0], tmp_path / "other")
    clicks = jaxrec.Dataset.from_frame({"user": [*"aaaabbbbcccc"], "item": [*"wxyzwxyzwxyz"]})
    jaxrec.fit(clicks, "mf", out=tmp_path / "items", epochs=1, dim=4)
    with pytest.raises(jaxrec.InputError, match="for the task ranking, and .* for friends"):
        compared(runs[0], tmp_path / "items")
