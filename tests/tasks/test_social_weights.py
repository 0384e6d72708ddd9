"""Which items and friends a score came from, beside the attention of the formulas."""

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_relation
from jaxrec.models import mutualrec, mutualrec_attention
from jaxrec.runs.store.run_folder import read_data
from tests.models.small import wide
from tests.models.social import FRIENDS_OF, ITEMS_OF, I, U, filled
from tests.models.test_mutualrec import DIM, GRAPH, attended, leaky, softmax


def weights_by_hand(weights, receiver, sender, near, row):
    own, message = receiver @ wide(weights["receiver"]), sender @ wide(weights["sender"])
    return softmax(
        np.array([leaky(own[row] + message[s], 0.2) @ wide(weights["logit"]) for s in near])
    )


def test_weights_are_the_attention_of_the_formulas(key):
    params = filled(mutualrec(U, I, DIM), key)
    found = jax.jit(mutualrec_attention)(params, GRAPH)
    user, item, att = wide(params["user"]), wide(params["item"]), params["attention"]
    users_of = {i: [u for u in range(U) if i in ITEMS_OF[u]] for i in range(I)}
    z_item = attended(att["item_from_users"], item, user, users_of)
    z_user = attended(att["user_from_items"], user, item, ITEMS_OF)
    parts = (
        (found.items, found.of_items, "liked", z_item, ITEMS_OF),
        (found.friends, found.of_friends, "friends", z_user, FRIENDS_OF),
    )
    for edges, weights, name, sender, near in parts:
        for row in range(U):
            place = np.asarray(edges.receivers) == row
            assert sorted(np.asarray(edges.senders)[place].tolist()) == sorted(near[row])
            if near[row]:
                order = np.asarray(edges.senders)[place].tolist()
                expected = weights_by_hand(att[name], user, sender, order, row)
                np.testing.assert_allclose(np.asarray(weights)[place], expected, rtol=1e-4)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((20, 12)) < 0.4)
    frame = {"user": [f"u{n}" for n in user], "item": [f"i{n}" for n in item]}
    frame["rating"] = 1 + (user + item) % 5
    dataset = jaxrec.Dataset.from_frame(frame)
    ends = {"from": [f"u{n}" for n in range(19)], "to": ["u19"] + [f"u{n}" for n in range(18)]}
    ends = {name: column[1:] for name, column in ends.items()}  # u19 has none.
    return dataset.with_relation("friends", *read_relation(ends, dataset, directed=True))


@pytest.mark.parametrize("model", ["mutualrec", "diffnet", "graphrec", "heterographrec"])
def test_a_run_lists_items_and_friends_heaviest_first(model, data, tmp_path, capfd):
    settings = {"dim": 4, "epochs": 1, "batch_size": 64}
    if model in ("mutualrec", "diffnet"):
        settings |= {"k": (5,), "select": "recall@5"}
    settings |= {"test_links": 0.0} if model == "mutualrec" else {}
    run = jaxrec.fit(data, model, out=tmp_path / "run", **settings)
    stored = read_data(run.folder)
    learned = stored.split.learn_valid().train
    frame = run.explain("u4", "i2", k=50)
    assert frame.columns == ["through", "id", "weight"]
    of = {name: frame.filter(through=name) for name in ("item", "friend")}
    row = stored.user_ids.to_list().index("u4")
    items = stored.item_ids.gather(learned.item[learned.user == row])
    assert set(of["item"]["id"]) == set(items)
    assert set(of["friend"]["id"]) == {"u3", "u5"}
    for part in of.values():
        assert part["weight"].sum() == pytest.approx(1, rel=1e-5)
        assert part["weight"].to_list() == sorted(part["weight"], reverse=True)
    if model == "diffnet":
        assert of["friend"]["weight"].to_list() == pytest.approx([0.5, 0.5])
    assert run.explain("u4", "i2", k=1).height == 2
    assert run.explain("u19", "i2").filter(through="friend").height == 0
    out = str(tmp_path / "why.csv")
    words = ["explain", str(tmp_path / "run"), "--user", "u4", "--item", "i2", "--out", out]
    assert main(words) == 0
    assert pl.read_csv(out)["id"].to_list() == run.explain("u4", "i2")["id"].to_list()
    for asked in (("nobody", "i2"), ("u4", "nothing")):
        with pytest.raises(InputError, match="unknown id"):
            run.explain(*asked)
