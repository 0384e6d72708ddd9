"""PinSage on pairs of a file: what is learned, what is told, what is refused."""

import json

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.main import main
from jaxrec.runs import options_of
from jaxrec.runs.store.run_folder import read_data
from jaxrec.tasks import ITEM_TO_ITEM
from tests.tasks.test_pinsage import SETTINGS, words_of

N_ITEMS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Clicks in groups of four items, and pairs from each item to one of another group."""
    folder, rng = tmp_path_factory.mktemp("shop"), np.random.default_rng(0)
    rows = [
        (f"u{user}", f"i{4 * (user % 3) + item}", user * 100 + place)
        for user in range(45)
        for place, item in enumerate(rng.permutation(4))
    ]
    clicks = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    clicks.write_csv(folder / "clicks.csv")
    vector = np.eye(N_ITEMS).tolist()
    items = pl.DataFrame({"item": [f"i{n}" for n in range(N_ITEMS)], "vector": vector})
    items.write_parquet(folder / "items.parquet")
    lines = [f"i{n},i{(n + 4) % N_ITEMS},{n + 1}" for n in range(N_ITEMS)]
    lines += ["i0,i1,1", "i5,i6,1", "i0,gone,5", "i1,i1,2"]
    text = "\n".join(["looked,then,count", *lines])
    (folder / "pairs.csv").write_text(text + "\n")
    return folder


@pytest.fixture(scope="module")
def trained(folder):
    words = ["--data", str(folder / "clicks.csv"), "--model", "pinsage"]
    words += ["--item-features", str(folder / "items.parquet"), "--out", str(folder / "run")]
    words += ["--pairs", str(folder / "pairs.csv"), "--valid-fraction", "0"]
    settings = {name: own for name, own in SETTINGS.items() if name != "validate_every"}
    settings |= {"epochs": 20}
    return main(["train", *words, *words_of(settings)])


def test_what_goes_with_an_item_is_what_the_file_says(trained, folder):
    assert trained == 0
    run = jaxrec.load(folder / "run")
    queries = [f"i{n}" for n in range(N_ITEMS)]
    best = run.similar(queries, k=1)["item"].to_list()
    # Scores have no direction: of i0 -> i4 -> i8 -> i0 each is near to the other two.
    assert sum(int(best[n][1:]) % 4 == n % 4 for n in range(N_ITEMS)) >= 11


def test_the_report_tells_what_was_read_and_that_pairs_are_not_split(trained, folder):
    assert trained == 0
    about = json.loads((folder / "run" / "metrics.json").read_text())["data"]
    told = about["relations"]["pairs"]
    assert (told["rows_read"], told["unknown_item"], told["self_links"]) == (16, 1, 1)
    assert "pairs of pairs.csv are not split: all are learned from" in "\n".join(about["reading"])
    data = read_data(folder / "run")
    asked = ITEM_TO_ITEM.question(data, "test", options_of("pinsage")).pairs
    pairs = data.relations["pairs"]
    given = set(zip(pairs.senders.tolist(), pairs.receivers.tolist(), strict=True))
    asks = zip(asked.query.tolist(), asked.item.tolist(), strict=True)
    expected = sum(pair in given for pair in asks)
    finding = next(each for each in about["leaks"] if each["name"] == "test_pairs_given")
    assert (finding["count"], finding["total"]) == (expected, len(asked.query)) and expected


def test_a_batch_draws_pairs_of_the_file_by_their_counts(trained, folder):
    assert trained == 0
    data = read_data(folder / "run")
    pairs, n_draws = data.relations["pairs"], 4000
    options = options_of("pinsage", batch_size=n_draws, shared_negatives=5)
    found = ITEM_TO_ITEM.batches_of_pairs(options, data.split.train, pairs)
    assert found.n_examples == len(pairs)
    batch = jax.jit(found.sample)(jax.random.key(0), jax.device_put(found.tables))
    chance = pairs.weight / pairs.weight.sum()
    query, answer = np.asarray(batch.query), np.asarray(batch.item)[:n_draws]
    for sender, receiver, p in zip(pairs.senders, pairs.receivers, chance, strict=True):
        n = np.sum((query == sender) & (answer == receiver))
        assert abs(n - n_draws * p) < 5 * np.sqrt(n_draws * p * (1 - p))


def test_a_pair_may_answer_with_an_item_that_training_never_saw():
    frame = {"user": [*"aabb"], "item": [*"xyxz"], "time": [1, 2, 3, 4]}
    data = jaxrec.Dataset.from_frame(frame)
    train = data.interactions.take(np.array([True, True, True, False]))
    pairs = jaxrec.data.read_relation(
        {"from": ["x"], "to": ["z"]}, data, source="item", target="item", directed=True
    ).relation
    pairs = jaxrec.data.Relation(**{**vars(pairs), "weight": np.ones(1, np.float32)})
    found = ITEM_TO_ITEM.batches_of_pairs(options_of("pinsage", batch_size=2), train, pairs)
    batch = found.sample(jax.random.key(0), found.tables)
    assert np.asarray(batch.mask)[[0, 1], [0, 1]].all()


def test_python_takes_the_same_file_and_a_run_resumes_with_its_own_copy(folder, tmp_path):
    data = jaxrec.read(str(folder / "clicks.csv"))
    small = SETTINGS | {"epochs": 1, "steps": 2, "refit": False, "out": tmp_path / "run"}
    text = (folder / "pairs.csv").read_text()
    (tmp_path / "own.csv").write_text(text)
    run = jaxrec.fit(data, "pinsage", pairs=str(tmp_path / "own.csv"), **small)
    assert run.results["data"]["relations"]["pairs"]["origin"] == "own.csv"
    (tmp_path / "own.csv").unlink()
    assert main(["train", "--resume", "--out", str(tmp_path / "run"), "--epochs", "2"]) == 0


@pytest.mark.parametrize(
    "text,words,said",
    [
        ("", [], "none.csv does not exist"),
        ("x,y\nq,r\n", [], "none of 1 edges of pairs.csv"),
        ("x,y,shop\ni0,i1,s\n", [], "has the columns x, y, shop; leave two of item ids"),
        ("x,y,count\ni0,i1,0\n", [], "a pair with the count 0; give counts above 0"),
        ("x,y,count\ni0,i1,some\n", [], "weight 'some' is not a finite number"),
        ("x,y\ni0,i0\n", [], "self-links alone"),
        ("x,y\ni0,i1\n", ["--model", "item_knn"], "--pairs is no option of item_knn"),
        ("x,y\ni0,i1\n", ["--model", "lightgcn"], "--pairs is no option of lightgcn"),
    ],
)
def test_what_cannot_be_is_refused(text, words, said, folder, tmp_path, capfd):
    path = tmp_path / ("pairs.csv" if text else "none.csv")
    if text:
        path.write_text(text)
    base = ["train", "--data", str(folder / "clicks.csv"), "--out", str(tmp_path / "run")]
    model = words or ["--model", "pinsage"]
    assert main([*base, *model, "--pairs", str(path)]) == 2
    told = capfd.readouterr().err.strip().splitlines()[-1]
    assert said in told and not (tmp_path / "run").exists()
